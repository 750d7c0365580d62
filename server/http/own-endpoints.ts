import { networkInterfaces } from "node:os";

/** An address on which this process listens. */
export interface OwnEndpoint {
  readonly host: string;
  readonly port: number;
}

/** The endpoints of a listener on `host`; for a wildcard every address of this machine, loopback included. */
export function ownEndpoints(host: string, port: number): readonly OwnEndpoint[] {
  const wildcard = host === "0.0.0.0" || host === "::";
  const hosts = wildcard
    ? Object.values(networkInterfaces())
        .flatMap((all) => all ?? [])
        .map(({ address }) => address)
    : [host];
  return hosts.map((each) => ({ host: each, port }));
}
