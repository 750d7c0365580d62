import ipaddr from "ipaddr.js";
import { HaprobeError } from "../errors.ts";

/** What can be an address in a text: anything with two colons, and four numbers with dots. */
const CANDIDATE =
  /(?<![\w:.])[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}(?:(?:\.\d{1,3}){3})?(?![\w:])|(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?!\w|\.\d)/gi;
/** Names with a dot, as in DNS. */
const NAME = /(?<![\w.-])[a-z0-9_-]+(?:\.[a-z0-9_-]+)+(?![\w-])/gi;

const NETWORKS_MAX = 65_536;

interface MappedNetwork {
  readonly index: number;
  readonly hosts: Map<string, number>;
}

/**
 * Replaces addresses, and the names that it learnt, wherever they are in a text; the same one always by the same.
 * Addresses of one /24 or /64 stay in one, ports stay, and so do loopback and unspecified addresses.
 */
export class AddressMapper {
  readonly #networks = { ipv4: new Map<string, MappedNetwork>(), ipv6: new Map<string, MappedNetwork>() };
  readonly #names = new Map<string, string>();

  /** Has names like `db.example.org` in this text replaced, too. */
  learnNames(text: string): void {
    for (const [name] of text.matchAll(NAME)) {
      const key = name.toLowerCase();
      if (!ipaddr.isValid(name) && !this.#names.has(key)) this.#names.set(key, `host-${this.#names.size + 1}.example`);
    }
  }

  map(text: string): string {
    const mapped = text.replaceAll(CANDIDATE, (found) => (isAddress(found) ? this.#mapAddress(found) : found));
    if (this.#names.size === 0) return mapped;
    return mapped.replaceAll(NAME, (name) => this.#names.get(name.toLowerCase()) ?? name);
  }

  #mapAddress(written: string): string {
    const address = ipaddr.parse(written);
    if (["loopback", "unspecified"].includes(address.range())) return written;
    const bytes = address.toByteArray();
    const kind = address.kind();
    const networks = this.#networks[kind];
    const prefix = bytes.slice(0, kind === "ipv4" ? 3 : 8).join(".");
    let network = networks.get(prefix);
    if (network === undefined) {
      if (networks.size >= NETWORKS_MAX) {
        throw new HaprobeError("HAPROBE_RECORDING_TOO_LARGE", "the recording has too many networks to map");
      }
      networks.set(prefix, (network = { index: networks.size, hosts: new Map() }));
    }
    const rest = bytes.slice(kind === "ipv4" ? 3 : 8).join(".");
    let host = network.hosts.get(rest);
    if (host === undefined) network.hosts.set(rest, (host = network.hosts.size));
    const { index } = network;
    return kind === "ipv4"
      ? `${networkOf(index)}.${host}`
      : `2001:db8:0:${index.toString(16)}::${(host + 1).toString(16)}`;
  }
}

/** The first three bytes: 198.18.0.0/15, which RFC 2544 keeps for tests, then 10.0.0.0/8. */
function networkOf(index: number): string {
  const rest = index - 512;
  return rest < 0 ? `198.${18 + (index >> 8)}.${index & 255}` : `10.${rest >> 8}.${rest & 255}`;
}

function isAddress(text: string): boolean {
  return text.includes(":") ? ipaddr.IPv6.isValid(text) : ipaddr.IPv4.isValidFourPartDecimal(text);
}

/** The value with every text in it mapped; names of keys stay. */
export function mapTexts(value: unknown, map: (text: string) => string): unknown {
  if (typeof value === "string") return map(value);
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, map));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapTexts(item, map)]));
}
