import { isIP } from "node:net";

/** Host and port of an authority: `name` in lower case and without brackets, `port` as written or empty. */
export interface Authority {
  readonly name: string;
  readonly port: string;
}

/** Reads `name`, `name:port`, `1.2.3.4:port` or `[::1]:port`; null for anything else. */
export function parseAuthority(text: string): Authority | null {
  const bracketed = /^\[([0-9a-fA-F:.]+)\](?::(\d{1,5}))?$/.exec(text);
  if (bracketed?.[1] !== undefined) {
    return isIP(bracketed[1]) === 6 ? { name: bracketed[1].toLowerCase(), port: bracketed[2] ?? "" } : null;
  }
  const plain = /^([A-Za-z0-9_.-]{1,253})(?::(\d{1,5}))?$/.exec(text);
  return plain?.[1] === undefined ? null : { name: plain[1].toLowerCase(), port: plain[2] ?? "" };
}

/** True for a literal IPv4 or IPv6 address, without brackets. */
export function isIpAddress(name: string): boolean {
  return isIP(name) !== 0;
}
