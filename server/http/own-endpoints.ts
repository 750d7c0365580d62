import { networkInterfaces } from "node:os";

/** An address on which this process can be reached. */
export interface OwnEndpoint {
  readonly host: string;
  readonly port: number;
}

/** Everything that leads to a listener on `host`: itself, or for a wildcard each address of this machine, loopback included. */
export function ownEndpoints(host: string, port: number): readonly OwnEndpoint[] {
  const wildcard = host === "0.0.0.0" || host === "::";
  const hosts = wildcard
    ? Object.values(networkInterfaces())
        .flatMap((all) => all ?? [])
        .map(({ address }) => address)
    : [host];
  return hosts.map((each) => ({ host: each, port }));
}
