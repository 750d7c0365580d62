import ipaddr from "ipaddr.js";

/** An address as a number. IPv4-mapped IPv6 (`::ffff:10.0.0.1`) is its IPv4 address, so that no list is bypassed by its other form. */
export interface Ip {
  readonly bits: 32 | 128;
  readonly value: bigint;
}

/** Addresses that share their first `prefix` bits with `base`. */
export interface Cidr {
  readonly base: Ip;
  readonly prefix: number;
}

/** Reads an IPv4 or IPv6 address; null for anything else, also for zones (`%eth0`). */
export function parseIp(text: string): Ip | null {
  if (!text.includes(":")) return isDecimalIpv4(text) ? toIp(ipaddr.IPv4.parse(text)) : null;
  const last = text.slice(text.lastIndexOf(":") + 1);
  // ipaddr.js also takes zones and groups of five digits, and `::10.0.0.1` for the IPv4 address.
  if (/%|[0-9a-f]{5}/i.test(text) || (last.includes(".") && !isDecimalIpv4(last))) return null;
  const full = text.replace(/^::(?=\d+\.)/, "::0:");
  if (!ipaddr.IPv6.isValid(full)) return null;
  const address = ipaddr.IPv6.parse(full);
  return toIp(address.isIPv4MappedAddress() ? address.toIPv4Address() : address);
}

/** Four decimal numbers: ipaddr.js also reads `010.0.0.1` as octal, `0x7f.1` as hexadecimal and `1` as 0.0.0.1. */
function isDecimalIpv4(text: string): boolean {
  return ipaddr.IPv4.isValidFourPartDecimal(text);
}

/** Writes an address in the form of RFC 5952, without brackets. */
export function formatIp(ip: Ip): string {
  return ipaddr.fromByteArray(toBytes(ip)).toString();
}

/** Reads `10.0.0.0/8`, or one address as the network that holds only it; null for anything else. */
export function parseCidr(text: string): Cidr | null {
  const [address = "", length, ...rest] = text.split("/");
  const base = parseIp(address);
  if (base === null || rest.length > 0) return null;
  if (length === undefined) return { base, prefix: base.bits };
  if (!/^(0|[1-9]\d{0,2})$/.test(length)) return null;
  // `::ffff:10.0.0.0/104` counts the 96 bits of the IPv4-mapped prefix.
  const prefix = Number(length) - (base.bits === 32 && address.includes(":") ? 96 : 0);
  return prefix < 0 || prefix > base.bits ? null : { base, prefix };
}

/** True if the network holds the address; never across families. */
export function containsIp(network: Cidr, ip: Ip): boolean {
  if (network.base.bits !== ip.bits) return false;
  const host = BigInt(ip.bits - network.prefix);
  return network.base.value >> host === ip.value >> host;
}

/** True if every address of `inner` lies in `outer`. */
export function isSubnetOf(inner: Cidr, outer: Cidr): boolean {
  return inner.prefix >= outer.prefix && containsIp(outer, inner.base);
}

/** The base with its host bits at zero. */
export function networkAddress(cidr: Cidr): Ip {
  const host = BigInt(cidr.base.bits - cidr.prefix);
  return { bits: cidr.base.bits, value: (cidr.base.value >> host) << host };
}

function toIp(address: ipaddr.IPv4 | ipaddr.IPv6): Ip {
  if (address instanceof ipaddr.IPv4) {
    const [a = 0, b = 0, c = 0, d = 0] = address.octets;
    return { bits: 32, value: BigInt(((a << 24) | (b << 16) | (c << 8) | d) >>> 0) };
  }
  return { bits: 128, value: address.parts.reduce((value, part) => (value << 16n) | BigInt(part), 0n) };
}

function toBytes({ bits, value }: Ip): number[] {
  return Array.from({ length: bits / 8 }, (_, i) => Number((value >> BigInt(bits - 8 - 8 * i)) & 0xffn));
}
