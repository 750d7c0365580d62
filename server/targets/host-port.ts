import { formatIp, parseIp } from "./ip.ts";

/** A host without brackets, and a port, null where none is written. */
export interface HostPort {
  readonly host: string;
  readonly port: number | null;
}

/** Reads `10.0.0.5`, `10.0.0.5:80`, `web`, `web:80`, `::1`, `[::1]` and `[::1]:80`; null for anything else. Addresses are in canonical form. */
export function parseHostPort(text: string): HostPort | null {
  const bare = parseIp(text);
  if (bare !== null) return { host: formatIp(bare), port: null };
  const parts = /^(?:\[([^\][]+)\]|([^:\][]+))(?::(\d{1,5}))?$/.exec(text);
  if (parts === null) return null;
  const [, inner, plain, digits] = parts;
  const port = digits === undefined ? null : Number(digits);
  if (port !== null && port > 65_535) return null;
  if (inner !== undefined) {
    const ip = inner.includes(":") ? parseIp(inner) : null;
    return ip === null ? null : { host: formatIp(ip), port };
  }
  const ip = parseIp(plain ?? "");
  if (ip !== null) return { host: formatIp(ip), port };
  return plain !== undefined && isHostName(plain) ? { host: plain, port } : null;
}

/** True for a name that can be resolved and sent in a header: letters, digits, `-`, `_` in labels of at most 63; not something that looks like a broken IPv4 address. */
export function isHostName(text: string): boolean {
  if (text.length > 253 || /^[\d.]+$/.test(text)) return false;
  return text.split(".").every((label) => /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/i.test(label));
}
