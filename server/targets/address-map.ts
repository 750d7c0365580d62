import { splitServerKey } from "../contract/server-key.ts";
import type { AddressMapping } from "../contract/settings.ts";
import { type HostPort, parseHostPort } from "./host-port.ts";
import { type Cidr, containsIp, formatIp, type Ip, networkAddress, parseCidr, parseIp } from "./ip.ts";
import { memoizeByList } from "./memoize-by-list.ts";

/** What the left side of a mapping is compared with. */
export type MapFrom =
  | { readonly kind: "server"; readonly key: string }
  | { readonly kind: "endpoint"; readonly ip: Ip; readonly port: number }
  | { readonly kind: "network"; readonly network: Cidr };

/** The address to connect to: a host and a port, or a UNIX socket with an empty host and port 0. */
export interface TargetAddress {
  readonly host: string;
  readonly port: number;
  readonly socketPath: string | null;
}

/** The parsed right side. A network keeps the host bits, a host without a port keeps the port. */
export type MapTo =
  | { readonly kind: "socket"; readonly path: string }
  | { readonly kind: "endpoint"; readonly endpoint: HostPort }
  | { readonly kind: "network"; readonly network: Cidr };

/** Reads `10.0.0.5`, `10.0.0.5:80`, `10.0.0.0/8` or `instance/backend/server`; null for anything else. */
export function parseMapFrom(text: string): MapFrom | null {
  // A network holds one slash, the key of a server two or more.
  if (text.split("/").length > 2) return splitServerKey(text) === null ? null : { kind: "server", key: text };
  const network = parseCidr(text);
  if (network !== null) return { kind: "network", network };
  const endpoint = parseHostPort(text);
  const ip = endpoint === null ? null : parseIp(endpoint.host);
  if (endpoint === null || ip === null) return null;
  if (endpoint.port !== null) return { kind: "endpoint", ip, port: endpoint.port };
  return { kind: "network", network: { base: ip, prefix: ip.bits } };
}

/** Reads `10.0.0.5`, `web`, `web:80`, `[::1]:80`, `10.0.0.0/8` or `unix:/run/app.sock`; null for anything else. */
export function parseMapTo(text: string): MapTo | null {
  if (text.startsWith("unix:")) {
    const path = parseUnixSocket(text);
    return path === null ? null : { kind: "socket", path };
  }
  if (!text.includes("/")) {
    const endpoint = parseHostPort(text);
    return endpoint === null || endpoint.port === 0 ? null : { kind: "endpoint", endpoint };
  }
  const network = parseCidr(text);
  return network === null ? null : { kind: "network", network };
}

/** Size of `sun_path` in the kernel, with the zero byte at its end. */
const SOCKET_PATH_MAX_BYTES = 108;

/** Reads `unix:/run/app.sock`: the path, which has to be absolute; null for anything else. */
export function parseUnixSocket(text: string): string | null {
  const [, path] = /^unix:(\/[^\0\r\n]*[^\0\r\n/])$/.exec(text) ?? [];
  return path === undefined || utf8Length(path) >= SOCKET_PATH_MAX_BYTES ? null : path;
}

/** Bytes of a text in UTF-8; surrogates come in pairs of two bytes each. */
function utf8Length(text: string): number {
  let bytes = 0;
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    bytes += unit < 0x80 ? 1 : unit < 0x800 || (unit >= 0xd800 && unit < 0xe000) ? 2 : 3;
  }
  return bytes;
}

/** Applies the first mapping that matches; null if none does. `ip` is null for a server whose address HAProxy does not show: only its key can match. A port in `to` wins over the given one. */
export function mapAddress(
  mappings: readonly AddressMapping[],
  key: string,
  ip: Ip | null,
  port: number,
): TargetAddress | null {
  for (const { from, to } of compileMappings(mappings)) {
    if (!matchesMapping(from, key, ip, port)) continue;
    if (to.kind === "socket") return { host: "", port: 0, socketPath: to.path };
    if (to.kind === "endpoint") return tcpAddress(to.endpoint.host, to.endpoint.port ?? port);
    if (ip !== null && ip.bits === to.network.base.bits)
      return tcpAddress(formatIp(replaceNetwork(ip, to.network)), port);
  }
  return null;
}

/** An address that is reached over IP. */
export function tcpAddress(host: string, port: number): TargetAddress {
  return { host, port, socketPath: null };
}

const compileMappings = memoizeByList((mappings: readonly AddressMapping[]) =>
  mappings.flatMap((mapping) => {
    const from = parseMapFrom(mapping.from);
    const to = parseMapTo(mapping.to);
    // The schema of the configuration refuses mappings that cannot be parsed.
    return from === null || to === null ? [] : [{ from, to }];
  }),
);

function matchesMapping(from: MapFrom, key: string, ip: Ip | null, port: number): boolean {
  switch (from.kind) {
    case "server":
      return from.key === key;
    case "endpoint":
      return ip !== null && from.ip.bits === ip.bits && from.ip.value === ip.value && from.port === port;
    case "network":
      return ip !== null && containsIp(from.network, ip);
    default:
      return from satisfies never;
  }
}

/** The same host in another network. */
function replaceNetwork(ip: Ip, network: Cidr): Ip {
  const hostBits = (1n << BigInt(ip.bits - network.prefix)) - 1n;
  return { bits: ip.bits, value: networkAddress(network).value | (ip.value & hostBits) };
}
