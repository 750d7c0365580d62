import type { Place } from "./address-map.ts";
import type { Endpoint } from "./endpoint.ts";
import { type Cidr, contains, parseCidr, parseIp } from "./ip.ts";

/** Link-local and the metadata services of clouds: whoever sits there is not a server of ours. */
const NETWORKS: readonly Cidr[] = ["169.254.0.0/16", "fe80::/10", "fd00:ec2::254", "100.100.100.200"].flatMap(
  (text) => parseCidr(text) ?? [],
);

/**
 * The network that this place is forbidden with, null for an ordinary place. No guess goes there, and no secret unless
 * `allow` names it: link-local, cloud metadata, and `own`, the addresses on which haprobe itself listens.
 */
export function forbiddenAround(place: Place, own: readonly Endpoint[]): Cidr | null {
  const ip = parseIp(place.host);
  if (ip === null) return null;
  const network = NETWORKS.find((each) => contains(each, ip));
  if (network !== undefined) return network;
  if (!own.some(({ host, port }) => host === place.host && port === place.port)) return null;
  return parseCidr(place.host);
}
