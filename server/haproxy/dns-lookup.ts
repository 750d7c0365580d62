import { lookup, Resolver } from "node:dns/promises";

/** What is asked of DNS. */
export interface DnsQuery {
  readonly name: string;
  /** Addresses as every program on this machine gets them (hosts file, search domains, IPv4 and IPv6), or SRV records. */
  readonly records: "addresses" | "services";
}

/** Where a name leads; the port is null for an address. */
export interface DnsEndpoint {
  readonly host: string;
  readonly port: number | null;
}

/** Rejects where DNS knows nothing or does not answer. What goes on after `signal` is aborted is nobody's concern. */
export type ResolveDns = (question: DnsQuery, signal: AbortSignal) => Promise<readonly DnsEndpoint[]>;

/** The machine's own resolver. */
export const systemResolve: ResolveDns = async ({ name, records }, signal) => {
  if (records === "addresses") {
    const found = await lookup(name, { all: true });
    return found.map(({ address }) => ({ host: address, port: null }));
  }
  const resolver = new Resolver({ timeout: 2_000, tries: 2 });
  const cancel = (): void => resolver.cancel();
  signal.addEventListener("abort", cancel, { once: true });
  try {
    const found = await resolver.resolveSrv(name);
    // RFC 2782: a lone dot says that the service is not offered.
    return found.filter((record) => record.name !== "").map((record) => ({ host: record.name, port: record.port }));
  } finally {
    signal.removeEventListener("abort", cancel);
  }
};
