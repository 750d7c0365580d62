import type { ChannelTransport } from "../../contract/alert-settings.ts";
import { REDACTED } from "../../contract/redact-query.ts";
import type { OpenTransport } from "../channels/channel.ts";

/** Shorter texts would be found by chance. */
const SECRET_MIN_CHARS = 4;

/** Replaces the secrets of a channel in a text, in every form in which they are sent. */
export function createRedactor(
  opened: OpenTransport<ChannelTransport>,
  transport: ChannelTransport,
): (text: string) => string {
  return replaceEach(secretsOf(opened, transport));
}

/** Replaces a URL whose path, query or login is a secret. */
export function createUrlRedactor(url: string): (text: string) => string {
  return replaceEach(longestFirst([url, ...urlForms(url)]));
}

function replaceEach(secrets: readonly string[]): (text: string) => string {
  return (text) => secrets.reduce((all, each) => all.replaceAll(each, REDACTED), text);
}

function secretsOf(opened: OpenTransport<ChannelTransport>, transport: ChannelTransport): readonly string[] {
  const texts = Object.entries(transport).flatMap(([key, value]: [string, unknown]) => {
    const holdsSecret = typeof value === "object" && value !== null && !("host" in value) && key !== "to";
    if (!holdsSecret) return [];
    const held = (opened as unknown as Readonly<Record<string, unknown>>)[key];
    const values: readonly unknown[] = typeof held === "object" && held !== null ? Object.values(held) : [held];
    return values.filter((each) => typeof each === "string");
  });
  const login = opened.type === "email" && opened.password !== null ? loginForms(opened.username, opened.password) : [];
  return longestFirst([...texts.flatMap((text) => [text, afterScheme(text), ...urlForms(text)]), ...login]);
}

/** One may contain another. */
function longestFirst(secrets: readonly string[]): readonly string[] {
  return secrets.filter((text) => text.length >= SECRET_MIN_CHARS).toSorted((a, b) => b.length - a.length);
}

/** The value of a header without its scheme, such as `Bearer`. */
function afterScheme(text: string): string {
  return text.slice(text.indexOf(" ") + 1);
}

/** The secret of a chat's URL is its path, which an answer may name without the host; user and password become a header. */
function urlForms(text: string): readonly string[] {
  const url = URL.parse(text);
  if (url === null) return [];
  const { pathname, search, username, password } = url;
  const login = password === "" ? [] : [password, decode(password), base64(`${decode(username)}:${decode(password)}`)];
  return [pathname + search, pathname, search, ...login];
}

/** The password as the mechanisms PLAIN and LOGIN of SMTP send it. */
function loginForms(username: string | null, password: string): readonly string[] {
  return [base64(password), base64(`\0${username ?? ""}\0${password}`)];
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
