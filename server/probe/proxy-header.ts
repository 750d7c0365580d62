import { isIPv4, isIPv6 } from "node:net";
import type { ProxyProtocol } from "../contract/target.ts";

/** Both ends of a connection as its socket names them; a UNIX socket has none. */
export interface SocketAddresses {
  readonly localAddress?: string | undefined;
  readonly localPort?: number | undefined;
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
}

interface ProxyAddresses {
  readonly source: string;
  readonly destination: string;
  readonly sourcePort: number;
  readonly destinationPort: number;
}

/**
 * The header of HAProxy's PROXY protocol for a connection of ours, to be written at once and before anything else.
 * It names the connection's own ends with the command PROXY, as HAProxy's traffic does and its checks over v1 do.
 * HAProxy's checks over v2 say LOCAL; servers that know only PROXY refuse that (its `pp2-never-send-local` is for
 * them), and none is known that refuses PROXY. A UNIX socket has no such ends: UNKNOWN, or LOCAL.
 * Source: proxy-protocol.txt of HAProxy 2.6, sections 2.1 and 2.2, and what its checks were seen to send.
 */
export function buildProxyHeader(version: ProxyProtocol, connection: SocketAddresses): Buffer {
  const ends = proxyAddresses(connection);
  return version === "v1" ? Buffer.from(buildV1Header(ends), "latin1") : buildV2Header(ends);
}

function proxyAddresses(connection: SocketAddresses): ProxyAddresses | null {
  const { localAddress, localPort, remoteAddress, remotePort } = connection;
  if (localAddress === undefined || localPort === undefined) return null;
  if (remoteAddress === undefined || remotePort === undefined) return null;
  const [source, destination] = [withoutZone(localAddress), withoutZone(remoteAddress)];
  return { source, destination, sourcePort: localPort, destinationPort: remotePort };
}

function withoutZone(address: string): string {
  return address.split("%", 1)[0] ?? address;
}

function buildV1Header(ends: ProxyAddresses | null): string {
  if (ends === null) return "PROXY UNKNOWN\r\n";
  const family = isIPv6(ends.source) ? "TCP6" : "TCP4";
  return `PROXY ${family} ${ends.source} ${ends.destination} ${ends.sourcePort} ${ends.destinationPort}\r\n`;
}

const SIGNATURE = Buffer.from("\r\n\r\n\0\r\nQUIT\n", "latin1");
const LOCAL = 0x20;
const PROXY = 0x21;
const UNSPECIFIED = 0x00;
const TCP_OVER_IPV4 = 0x11;
const TCP_OVER_IPV6 = 0x21;

function buildV2Header(ends: ProxyAddresses | null): Buffer {
  if (ends === null) return Buffer.concat([SIGNATURE, Buffer.from([LOCAL, UNSPECIFIED, 0, 0])]);
  const ports = Buffer.alloc(4);
  ports.writeUInt16BE(ends.sourcePort, 0);
  ports.writeUInt16BE(ends.destinationPort, 2);
  const block = Buffer.concat([addressBytes(ends.source), addressBytes(ends.destination), ports]);
  const family = isIPv4(ends.source) ? TCP_OVER_IPV4 : TCP_OVER_IPV6;
  return Buffer.concat([SIGNATURE, Buffer.from([PROXY, family, 0, block.length]), block]);
}

function addressBytes(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split(".").map(Number));
  // A URL's parser writes an embedded IPv4 address in hexadecimal too.
  const [head = "", tail = ""] = new URL(`http://[${address}]`).hostname.slice(1, -1).split("::");
  const [first, last] = [groupsOf(head), groupsOf(tail)];
  const zeros = Array<string>(8 - first.length - last.length).fill("0000");
  return Buffer.from([...first, ...zeros, ...last].join(""), "hex");
}

function groupsOf(part: string): string[] {
  return part === "" ? [] : part.split(":").map((group) => group.padStart(4, "0"));
}
