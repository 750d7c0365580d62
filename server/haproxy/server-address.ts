import { isIP } from "node:net";
import type { ServerAddress } from "../contract/view.ts";
import { decodeField } from "./field-text.ts";

export const NO_ADDRESS: ServerAddress = { kind: "none" };
/** `show servers state` has a name for the server, and `-` for its address. */
export const UNRESOLVED: ServerAddress = { kind: "unresolved" };
const UNIX: ServerAddress = { kind: "unix" };

const PORT_MAX = 65_535;
/** An IPv6 address with its longest zone id has 61 characters. */
const HOST_MAX_CHARS = 64;

/** HAProxy connects to the address that the client requested, so that there is no address to probe. */
const TRANSPARENT: ReadonlySet<string> = new Set(["0.0.0.0", "::"]);

/**
 * Parses the `addr` column: `10.0.0.1:80`, `[::1]:80`, `unix`, or empty (not resolved, or not shown at level user).
 * A port below 0 is an offset to the client's port (`host:-10`), as is 0 (`host` alone): both give port 0, which cannot be
 * probed. An offset above 0 (`host:+10`) cannot be distinguished from a port.
 */
export function parseStatAddress(field: string): ServerAddress {
  if (field === "") return NO_ADDRESS;
  if (field === "unix") return UNIX;
  const colon = field.lastIndexOf(":");
  const host = field.slice(0, colon);
  return parseIpAddress(host.startsWith("[") ? host.slice(1, -1) : host, field.slice(colon + 1));
}

/** Parses an address of `show servers state`, which shows an offset below 0 as a port near 2^32. `-` with a name is unresolved, `-` without one is a UNIX socket. */
export function parseStateAddress(host: string, port: string, name: string): ServerAddress {
  if (host !== "-" && host !== "") return parseIpAddress(host, port);
  if (name !== "") return UNRESOLVED;
  return port === "0" ? UNIX : NO_ADDRESS;
}

function parseIpAddress(host: string, port: string): ServerAddress {
  // `2852039166` and `169.254.43518` are no addresses, and the system's resolver makes 169.254.169.254 of them.
  const isAddress = host.length <= HOST_MAX_CHARS && isIP(host) !== 0 && !TRANSPARENT.has(host);
  if (!isAddress || !/^-?\d{1,10}$/.test(port)) return NO_ADDRESS;
  const number = Number(port);
  return { kind: "ip", host: decodeField(host), port: number > 0 && number <= PORT_MAX ? number : 0 };
}
