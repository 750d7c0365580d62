import { isIPv6 } from "node:net";

const GROUPS = 8;
const NETWORK_GROUPS = 4;

/**
 * What limits per client count as one client: an IPv4 address, or the /64 of an IPv6 address, since one machine may use
 * every address of its /64. Takes an address as Node's `remoteAddress` gives it.
 */
export function clientNetwork(address: string): string {
  const [, ipv4] = /^::ffff:([\d.]+)$/i.exec(address) ?? [];
  if (ipv4 !== undefined) return ipv4;
  // All machines of a link have link-local addresses of one /64.
  if (!isIPv6(address) || /^fe80:/i.test(address)) return address;
  const [head = "", tail] = address.split("::");
  const groups = (text: string): string[] => (text === "" ? [] : text.split(":"));
  const [first, last] = [groups(head), groups(tail ?? "")];
  const zeros = Array<string>(Math.max(0, GROUPS - first.length - last.length)).fill("0");
  return `${[...first, ...zeros, ...last].slice(0, NETWORK_GROUPS).join(":")}::/64`;
}
