import { isIPv4, isIPv6 } from "node:net";
import type { ProxyProtocol } from "../contract/target.ts";

/** The addresses of a socket; a UNIX socket has none. */
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
 * Builds the PROXY protocol header of a connection, to be written before anything else. It carries the connection's
 * own addresses with the command PROXY, as HAProxy's traffic and its checks over v1 do. HAProxy's checks over v2 send
 * LOCAL, which some servers refuse (`pp2-never-send-local` is for them); no server is known to refuse PROXY. For a
 * UNIX socket it is UNKNOWN (v1) or LOCAL (v2). Source: proxy-protocol.txt of HAProxy 2.6, sections 2.1 and 2.2, and
 * captures of its checks.
 */
export function buildProxyHeader(version: ProxyProtocol, connection: SocketAddresses): Buffer {
  const addresses = proxyAddresses(connection);
  return version === "v1" ? Buffer.from(buildV1Header(addresses), "latin1") : buildV2Header(addresses);
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

function buildV1Header(addresses: ProxyAddresses | null): string {
  if (addresses === null) return "PROXY UNKNOWN\r\n";
  const family = isIPv6(addresses.source) ? "TCP6" : "TCP4";
  return `PROXY ${family} ${addresses.source} ${addresses.destination} ${addresses.sourcePort} ${addresses.destinationPort}\r\n`;
}

const SIGNATURE = Buffer.from("\r\n\r\n\0\r\nQUIT\n", "latin1");
const LOCAL = 0x20;
const PROXY = 0x21;
const UNSPECIFIED = 0x00;
const TCP_OVER_IPV4 = 0x11;
const TCP_OVER_IPV6 = 0x21;

function buildV2Header(addresses: ProxyAddresses | null): Buffer {
  if (addresses === null) return Buffer.concat([SIGNATURE, Buffer.from([LOCAL, UNSPECIFIED, 0, 0])]);
  const ports = Buffer.alloc(4);
  ports.writeUInt16BE(addresses.sourcePort, 0);
  ports.writeUInt16BE(addresses.destinationPort, 2);
  const body = Buffer.concat([addressBytes(addresses.source), addressBytes(addresses.destination), ports]);
  const family = isIPv4(addresses.source) ? TCP_OVER_IPV4 : TCP_OVER_IPV6;
  return Buffer.concat([SIGNATURE, Buffer.from([PROXY, family, 0, body.length]), body]);
}

function addressBytes(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split(".").map(Number));
  // The URL parser writes an embedded IPv4 address in hexadecimal, too.
  const [head = "", tail = ""] = new URL(`http://[${address}]`).hostname.slice(1, -1).split("::");
  const [first, last] = [groupsOf(head), groupsOf(tail)];
  const zeros = Array<string>(8 - first.length - last.length).fill("0000");
  return Buffer.from([...first, ...zeros, ...last].join(""), "hex");
}

function groupsOf(part: string): string[] {
  return part === "" ? [] : part.split(":").map((group) => group.padStart(4, "0"));
}
