import type { StatsAddress } from "../contract/settings.ts";
import { tcpMasterSource, unixMasterSource } from "./master-source.ts";
import { pageSource } from "./page-source.ts";
import type { StatsSource } from "./source.ts";
import { tcpSource } from "./tcp-source.ts";
import { tlsSource } from "./tls-source.ts";
import { unixSource } from "./unix-source.ts";

type Opener<Kind extends StatsAddress["kind"]> = (address: Extract<StatsAddress, { kind: Kind }>) => StatsSource;

/** Every way to an instance: a new one is a member of StatsAddress, a file, and a line here. */
const openers: { readonly [Kind in StatsAddress["kind"]]: Opener<Kind> } = {
  unix: unixSource,
  tcp: tcpSource,
  tls: tlsSource,
  "unix-master": unixMasterSource,
  "tcp-master": tcpMasterSource,
  page: pageSource,
};

/** The way to an instance, as configured. Connects to nothing yet. */
export function openSource(address: StatsAddress): StatsSource {
  const open = openers[address.kind] as Opener<StatsAddress["kind"]>;
  return open(address);
}
