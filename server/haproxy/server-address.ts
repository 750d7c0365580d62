import type { ServerAddress } from "../contract/view.ts";
import { decodeField } from "./field-text.ts";

export const NO_ADDRESS: ServerAddress = { kind: "none" };
const UNIX: ServerAddress = { kind: "unix" };

const PORT_MAX = 65_535;

/** HAProxy takes these for "the address that the client asked for", so there is no one address to probe. */
const TRANSPARENT: ReadonlySet<string> = new Set(["0.0.0.0", "::"]);

/**
 * The `addr` column: `10.0.0.1:80`, `[::1]:80`, `unix`, or empty (not resolved, or not shown to us).
 * A port below 0 is an offset to the client's (`host:-10`), as is 0 (`host` alone): both come out as port 0, which is no
 * port to probe. An offset above 0 (`host:+10`) looks like a port of its own; nothing in HAProxy's answers tells it apart.
 */
export function parseStatAddress(field: string): ServerAddress {
  if (field === "") return NO_ADDRESS;
  if (field === "unix") return UNIX;
  const colon = field.lastIndexOf(":");
  const host = field.slice(0, colon);
  return parseIpAddress(host.startsWith("[") ? host.slice(1, -1) : host, field.slice(colon + 1));
}

/** An address of `show servers state`, which shows an offset below 0 as a port near 2^32. `-` with a name to resolve is not resolved yet, without any it is a UNIX socket. */
export function parseStateAddress(host: string, port: string, name: string): ServerAddress {
  if (host !== "-" && host !== "") return parseIpAddress(host, port);
  return name === "" && port === "0" ? UNIX : NO_ADDRESS;
}

function parseIpAddress(host: string, port: string): ServerAddress {
  if (host === "" || TRANSPARENT.has(host) || !/^-?\d{1,10}$/.test(port)) return NO_ADDRESS;
  const number = Number(port);
  return { kind: "ip", host: decodeField(host), port: number > 0 && number <= PORT_MAX ? number : 0 };
}
