import { splitServerKey } from "../contract/server-key.ts";
import type { AddressMapping } from "../contract/settings.ts";
import { type Endpoint, parseEndpoint } from "./endpoint.ts";
import { type Cidr, contains, formatIp, type Ip, networkAddress, parseCidr, parseIp } from "./ip.ts";
import { oncePerList } from "./once-per-list.ts";

/** What the left side of a mapping is compared with. */
export type MapFrom =
  | { readonly kind: "server"; readonly key: string }
  | { readonly kind: "endpoint"; readonly ip: Ip; readonly port: number }
  | { readonly kind: "network"; readonly network: Cidr };

/** Where the right side leads. A network keeps the host bits, a host without a port keeps the port. */
export type MapTo =
  | { readonly kind: "endpoint"; readonly endpoint: Endpoint }
  | { readonly kind: "network"; readonly network: Cidr };

/** Reads `10.0.0.5`, `10.0.0.5:80`, `10.0.0.0/8` or `instance/backend/server`; null for anything else. */
export function parseMapFrom(text: string): MapFrom | null {
  // A network holds one slash, the key of a server two or more.
  if (text.split("/").length > 2) return splitServerKey(text) === null ? null : { kind: "server", key: text };
  const network = parseCidr(text);
  if (network !== null) return { kind: "network", network };
  const endpoint = parseEndpoint(text);
  const ip = endpoint === null ? null : parseIp(endpoint.host);
  if (endpoint === null || ip === null) return null;
  if (endpoint.port !== null) return { kind: "endpoint", ip, port: endpoint.port };
  return { kind: "network", network: { base: ip, prefix: ip.bits } };
}

/** Reads `10.0.0.5`, `web`, `web:80`, `[::1]:80` or `10.0.0.0/8`; null for anything else. */
export function parseMapTo(text: string): MapTo | null {
  if (!text.includes("/")) {
    const endpoint = parseEndpoint(text);
    return endpoint === null || endpoint.port === 0 ? null : { kind: "endpoint", endpoint };
  }
  const network = parseCidr(text);
  return network === null ? null : { kind: "network", network };
}

/** Applies the first mapping that fits. `ip` is null for a server that HAProxy shows no address of: only its key can be mapped. A port in `to` wins over the given one. Null: no mapping fits. */
export function mapAddress(
  mappings: readonly AddressMapping[],
  key: string,
  ip: Ip | null,
  port: number,
): { readonly host: string; readonly port: number } | null {
  for (const { from, to } of compiled(mappings)) {
    if (!fits(from, key, ip, port)) continue;
    if (to.kind === "endpoint") return { host: to.endpoint.host, port: to.endpoint.port ?? port };
    if (ip !== null && ip.bits === to.network.base.bits) return { host: formatIp(transplant(ip, to.network)), port };
  }
  return null;
}

const compiled = oncePerList((mappings: readonly AddressMapping[]) =>
  mappings.flatMap((mapping) => {
    const from = parseMapFrom(mapping.from);
    const to = parseMapTo(mapping.to);
    // The configuration refuses what cannot be read, so nothing is lost here.
    return from === null || to === null ? [] : [{ from, to }];
  }),
);

function fits(from: MapFrom, key: string, ip: Ip | null, port: number): boolean {
  switch (from.kind) {
    case "server":
      return from.key === key;
    case "endpoint":
      return ip !== null && from.ip.bits === ip.bits && from.ip.value === ip.value && from.port === port;
    case "network":
      return ip !== null && contains(from.network, ip);
    default:
      return from satisfies never;
  }
}

/** The same host in another network. */
function transplant(ip: Ip, network: Cidr): Ip {
  const hostBits = (1n << BigInt(ip.bits - network.prefix)) - 1n;
  return { bits: ip.bits, value: networkAddress(network).value | (ip.value & hostBits) };
}
