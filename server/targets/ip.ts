/** An address as a number. IPv4-mapped IPv6 (`::ffff:10.0.0.1`) is its IPv4 address, so that no list can be passed by writing it differently. */
export interface Ip {
  readonly bits: 32 | 128;
  readonly value: bigint;
}

/** Addresses that share their first `prefix` bits with `base`. */
export interface Cidr {
  readonly base: Ip;
  readonly prefix: number;
}

const MAPPED = 0xffffn << 32n;

/** Reads an IPv4 or IPv6 address; null for anything else, also for zones (`%eth0`) and octal-looking `010.0.0.1`. */
export function parseIp(text: string): Ip | null {
  if (!text.includes(":")) {
    const value = parseIpv4(text);
    return value === null ? null : { bits: 32, value };
  }
  const value = parseIpv6(text);
  if (value === null) return null;
  return value >> 32n === MAPPED >> 32n ? { bits: 32, value: value & 0xffffffffn } : { bits: 128, value };
}

/** Writes an address as RFC 5952 wants it, without brackets. */
export function formatIp(ip: Ip): string {
  if (ip.bits === 32) {
    const value = Number(ip.value);
    return `${value >>> 24}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`;
  }
  const groups = Array.from({ length: 8 }, (_, i) => Number((ip.value >> BigInt(112 - 16 * i)) & 0xffffn));
  const zeros = longestZeros(groups);
  const hex = (part: number[]): string => part.map((group) => group.toString(16)).join(":");
  if (zeros.length < 2) return hex(groups);
  return `${hex(groups.slice(0, zeros.start))}::${hex(groups.slice(zeros.start + zeros.length))}`;
}

/** Reads `10.0.0.0/8`, or one address as the network that holds only it; null for anything else. */
export function parseCidr(text: string): Cidr | null {
  const [address = "", length, ...rest] = text.split("/");
  const base = parseIp(address);
  if (base === null || rest.length > 0) return null;
  if (length === undefined) return { base, prefix: base.bits };
  if (!/^(0|[1-9]\d{0,2})$/.test(length)) return null;
  // `::ffff:10.0.0.0/104` counts the 96 bits that say "IPv4 inside".
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

/** The base with all bits after the prefix at zero: the way a network should be written. */
export function networkAddress(cidr: Cidr): Ip {
  const host = BigInt(cidr.base.bits - cidr.prefix);
  return { bits: cidr.base.bits, value: (cidr.base.value >> host) << host };
}

function parseIpv4(text: string): bigint | null {
  const parts = text.split(".");
  if (parts.length !== 4) return null;
  // A plain number until the end: this runs for every server of a fleet.
  let value = 0;
  for (const part of parts) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return null;
    value = value * 256 + Number(part);
  }
  return BigInt(value);
}

function parseIpv6(text: string): bigint | null {
  const halves = text.split("::");
  if (halves.length > 2) return null;
  const head = parseGroups(halves[0] ?? "", halves.length === 1);
  const tail = halves.length === 2 ? parseGroups(halves[1] ?? "", true) : [];
  if (head === null || tail === null) return null;
  const missing = 8 - head.length - tail.length;
  // `::` stands for one group at least.
  if (halves.length === 2 ? missing < 1 : missing !== 0) return null;
  return [...head, ...Array<bigint>(missing).fill(0n), ...tail].reduce((value, group) => (value << 16n) | group, 0n);
}

/** Groups of 16 bits; the end of an address may be written as IPv4. */
function parseGroups(text: string, atEnd: boolean): bigint[] | null {
  if (text === "") return [];
  const groups: bigint[] = [];
  const parts = text.split(":");
  for (const [i, part] of parts.entries()) {
    if (/^[0-9a-f]{1,4}$/i.test(part)) {
      groups.push(BigInt(`0x${part}`));
      continue;
    }
    const embedded = atEnd && i === parts.length - 1 ? parseIpv4(part) : null;
    if (embedded === null) return null;
    groups.push(embedded >> 16n, embedded & 0xffffn);
  }
  return groups;
}

function longestZeros(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  for (let i = 0; i <= groups.length; i += 1) {
    if (groups[i] === 0) continue;
    if (i - start > best.length) best = { start, length: i - start };
    start = i + 1;
  }
  return best;
}
