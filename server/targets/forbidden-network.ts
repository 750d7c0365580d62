import type { TargetAddress } from "./address-map.ts";
import type { HostPort } from "./host-port.ts";
import { type Cidr, containsIp, type Ip, parseCidr, parseIp } from "./ip.ts";

/** Networks that hold no servers: this machine by no name, link-local, metadata services of clouds, multicast and broadcast, and IPv6 forms that carry an IPv4 address. */
const FORBIDDEN_NETWORKS: readonly Cidr[] = [
  "0.0.0.0/8",
  "169.254.0.0/16",
  "fe80::/10",
  // Metadata of AWS, Google Cloud, Oracle Cloud, Scaleway, Alibaba Cloud, and Azure's platform address.
  "fd00:ec2::/32",
  "fd20:ce::254",
  "192.0.0.192",
  "fd00:c1::a9fe:a9fe",
  "fd00:42::42",
  "100.100.100.200",
  "168.63.129.16",
  "224.0.0.0/4",
  "ff00::/8",
  "255.255.255.255",
  // NAT64, 6to4, Teredo, IPv4-translated and IPv4-compatible addresses may lead to any of the IPv4 networks above.
  "64:ff9b::/96",
  "64:ff9b:1::/48",
  "2002::/16",
  "2001::/32",
  "::ffff:0:0:0/96",
  "::/96",
].flatMap((text) => parseCidr(text) ?? []);

/**
 * The forbidden network that holds this address; null for an ordinary address. No guess is sent there, and no secret
 * unless `allow` names it. `ownListeners`, the addresses on which haprobe itself listens, are forbidden too.
 */
export function findForbiddenNetwork(address: TargetAddress, ownListeners: readonly HostPort[]): Cidr | null {
  const [host = ""] = address.host.split("%");
  const ip = parseIp(host);
  if (ip === null) return null;
  const network = isLoopback6(ip) ? undefined : FORBIDDEN_NETWORKS.find((each) => containsIp(each, ip));
  if (network !== undefined) return network;
  const isOwn = ownListeners.some((own) => own.port === address.port && isSameMachine(own.host, ip));
  return isOwn ? { base: ip, prefix: ip.bits } : null;
}

/** `::1`, which is in the network of IPv4-compatible addresses. */
function isLoopback6({ bits, value }: Ip): boolean {
  return bits === 128 && value === 1n;
}

const LOOPBACK = parseCidr("127.0.0.0/8");

/** However the address is written. A listener on a wildcard accepts connections to every address of the loopback network. */
function isSameMachine(own: string, ip: Ip): boolean {
  const ownIp = parseIp(own);
  if (ownIp === null) return false;
  if (ownIp.bits === ip.bits && ownIp.value === ip.value) return true;
  return LOOPBACK !== null && containsIp(LOOPBACK, ownIp) && containsIp(LOOPBACK, ip);
}
