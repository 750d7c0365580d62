import type { AccessRequest } from "./access-request.ts";

/** Browsers take the prefix over https only, for this host alone, and let no other page set it. */
const SECURE_NAME = "__Host-haprobe";
const PLAIN_NAME = "haprobe-session";
const VALUE = /^[\w-]{43}$/;

/** The value of the session's cookie; null for none. Over TLS that of plain http is not read: another page could have set it. */
export function readSessionCookie({ cookie, isSecure }: Pick<AccessRequest, "cookie" | "isSecure">): string | null {
  const values = new Map<string, string>();
  for (const part of (cookie ?? "").split(";")) {
    const [name = "", value = ""] = part.trim().split("=", 2);
    if (!values.has(name)) values.set(name, value);
  }
  const value = values.get(SECURE_NAME) ?? (isSecure ? undefined : values.get(PLAIN_NAME));
  return value !== undefined && VALUE.test(value) ? value : null;
}

/** The value of a cookie, of the first one with this name; null for none. */
export function readCookie(cookie: string | undefined, name: string): string | null {
  const found = (cookie ?? "").split(";").find((part) => part.trim().startsWith(`${name}=`));
  return found === undefined ? null : found.trim().slice(name.length + 1);
}

/** `Set-Cookie` for a session of at most `maxAgeMs`. Over plain http, which only loopback should have, browsers take no `Secure`. */
export function sessionCookie(value: string, isSecure: boolean, maxAgeMs: number): string {
  const rest = `Path=/; HttpOnly; SameSite=Lax; Max-Age=${Math.floor(maxAgeMs / 1_000)}`;
  return isSecure ? `${SECURE_NAME}=${value}; Secure; ${rest}` : `${PLAIN_NAME}=${value}; ${rest}`;
}

/** `Set-Cookie` that removes both. */
export function expiredCookies(): readonly string[] {
  return [
    `${SECURE_NAME}=; Secure; Path=/; HttpOnly; SameSite=Lax; Max-Age=0`,
    `${PLAIN_NAME}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0`,
  ];
}
