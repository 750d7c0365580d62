import { closeSync, readSync } from "node:fs";
import { BOUNDS } from "../bounds.ts";
import { isSecretFileKey } from "../config/rule-warnings.ts";
import { SECRET_NAME, secretQueryValues } from "../contract/redact-query.ts";
import { fileKey } from "../config/mapping.ts";
import type { Settings } from "../contract/settings.ts";
import { secretForms, sortForms } from "../probe/redaction.ts";
import { openScopedSync } from "../scoped-files.ts";

/** Shorter texts would be found by chance. */
const SECRET_MIN_CHARS = 4;

/**
 * Everything secret that the configuration holds or names, in every form in which it may be shown, longest first: files
 * that can be read, passwords, URLs of receivers, values of secret headers and queries; and `others`.
 */
export function configuredSecretForms(settings: Settings, others: readonly string[] = []): readonly string[] {
  const secrets = [...secretsIn(settings), ...others].map((secret) => secret.trim());
  return sortForms(secrets.filter((secret) => secret.length >= SECRET_MIN_CHARS).flatMap(secretForms)).filter(
    (form) => form.length >= SECRET_MIN_CHARS,
  );
}

/** `key`: the name under which `value` stands. */
function* secretsIn(value: unknown, key = ""): Generator<string> {
  if (typeof value === "string") yield* secretsInText(value, key);
  if (Array.isArray(value)) for (const item of value as readonly unknown[]) yield* secretsIn(item, key);
  if (typeof value !== "object" || value === null || Array.isArray(value)) return;
  const { kind, path, text, url } = value as Readonly<Record<string, unknown>>;
  if (kind === "file" && typeof path === "string") yield* secretsInFile(path);
  for (const written of [text, url]) if (kind !== undefined && typeof written === "string") yield* partsOf(written);
  for (const [name, item] of Object.entries(value)) yield* secretsIn(item, name);
}

function* secretsInText(text: string, key: string): Generator<string> {
  if (key === "send" || SECRET_NAME.test(key)) yield* partsOf(text);
  if (isSecretFileKey(fileKey(key)) || key === "keyFile") yield* secretsInFile(text);
  yield* secretQueryValues(text);
}

function* secretsInFile(path: string): Generator<string> {
  const text = readStart(path);
  // A line of a key in PEM may be shown without the others.
  for (const line of text.includes("-----BEGIN ") ? text.split("\n") : []) if (!line.startsWith("-----")) yield line;
  yield* partsOf(text);
}

/** A secret; of a header its part after the scheme, of a URL its path, query and password as well. */
function* partsOf(text: string): Generator<string> {
  yield text;
  yield text.slice(text.indexOf(" ") + 1);
  const url = URL.parse(text.trim());
  if (url === null || url.host === "") return;
  const { pathname, search, password } = url;
  const parts = pathname.split("/").filter(isLong);
  yield* [pathname + search, pathname, password, ...parts];
  yield* [pathname, password, ...parts].map(decode);
  yield* secretQueryValues(text);
}

/** A part of a path that could be a key. */
function isLong(part: string): boolean {
  return part.length >= 16;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Empty where the file cannot be read: nothing of it can be shown either. */
function readStart(path: string): string {
  let file: number | null = null;
  try {
    file = openScopedSync(path, null);
    const buffer = Buffer.alloc(BOUNDS.statsFileMaxBytes);
    return buffer.toString("utf8", 0, readSync(file, buffer, 0, buffer.length, 0));
  } catch {
    return "";
  } finally {
    if (file !== null) closeSync(file);
  }
}
