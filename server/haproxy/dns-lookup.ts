import { lookup, Resolver } from "node:dns/promises";

/** One DNS query. */
export interface DnsQuery {
  readonly name: string;
  /** Addresses as getaddrinfo returns them (hosts file, search domains, IPv4 and IPv6), or SRV records. */
  readonly records: "addresses" | "services";
}

/** One endpoint of a name; the port is null for an address record. */
export interface DnsEndpoint {
  readonly host: string;
  readonly port: number | null;
}

/** Resolves a query; rejects for an unknown name or a failed resolver. The result is ignored once `signal` is aborted. */
export type ResolveDns = (query: DnsQuery, signal: AbortSignal) => Promise<readonly DnsEndpoint[]>;

/** The system's resolver. */
export const systemResolve: ResolveDns = async ({ name, records }, signal) => {
  if (records === "addresses") {
    const addresses = await lookup(name, { all: true });
    return addresses.map(({ address }) => ({ host: address, port: null }));
  }
  const resolver = new Resolver({ timeout: 2_000, tries: 2 });
  const cancel = (): void => resolver.cancel();
  signal.addEventListener("abort", cancel, { once: true });
  try {
    const services = await resolver.resolveSrv(name);
    // RFC 2782: the target "." means that the service is not available.
    return services.filter((record) => record.name !== "").map((record) => ({ host: record.name, port: record.port }));
  } finally {
    signal.removeEventListener("abort", cancel);
  }
};
