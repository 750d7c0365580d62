import { networkInterfaces } from "node:os";
import type { BoundAddress } from "./http-listener.ts";

/** An address on which this process listens. */
export interface OwnEndpoint {
  readonly host: string;
  readonly port: number;
}

/** The endpoints of a listener; for a wildcard every address of this machine, loopback included. None of a UNIX socket. */
export function ownEndpoints({ host, port, socketPath }: BoundAddress): readonly OwnEndpoint[] {
  if (socketPath !== null) return [];
  const wildcard = host === "0.0.0.0" || host === "::";
  const hosts = wildcard
    ? Object.values(networkInterfaces())
        .flatMap((all) => all ?? [])
        .map(({ address }) => address)
    : [host];
  return hosts.map((each) => ({ host: each, port }));
}
