import type { TargetAddress } from "./address-map.ts";
import type { HostPort } from "./host-port.ts";
import { type Cidr, containsIp, parseCidr, parseIp } from "./ip.ts";

/** Link-local and the metadata services of clouds: whoever sits there is not a server of ours. */
const FORBIDDEN_NETWORKS: readonly Cidr[] = ["169.254.0.0/16", "fe80::/10", "fd00:ec2::254", "100.100.100.200"].flatMap(
  (text) => parseCidr(text) ?? [],
);

/**
 * The network that this place is forbidden with, null for an ordinary place. No guess goes there, and no secret unless
 * `allow` names it: link-local, cloud metadata, and `own`, the addresses on which haprobe itself listens.
 */
export function findForbiddenNetwork(place: TargetAddress, own: readonly HostPort[]): Cidr | null {
  const ip = parseIp(place.host);
  if (ip === null) return null;
  const network = FORBIDDEN_NETWORKS.find((each) => containsIp(each, ip));
  if (network !== undefined) return network;
  if (!own.some(({ host, port }) => port === place.port && isSameMachine(host, place.host))) return null;
  return parseCidr(place.host);
}

const LOOPBACK = parseCidr("127.0.0.0/8");

/** A listener on a wildcard answers on every address of the loopback network, and nobody lists those. */
function isSameMachine(own: string, host: string): boolean {
  if (own === host) return true;
  const [a, b] = [parseIp(own), parseIp(host)];
  return LOOPBACK !== null && a !== null && b !== null && containsIp(LOOPBACK, a) && containsIp(LOOPBACK, b);
}
