import type { StatsAddress } from "../contract/settings.ts";
import { ScopedFiles } from "../scoped-files.ts";
import { createTcpMasterSource, createUnixMasterSource } from "./master-source.ts";
import { createPageSource } from "./page-source.ts";
import type { StatsSource } from "./stats-source.ts";
import { createTcpSource } from "./tcp-source.ts";
import { createTlsSource } from "./tls-source.ts";
import { createAbstractSource, createUnixSource } from "./unix-source.ts";

type StatsSourceFactory<Kind extends StatsAddress["kind"]> = (
  address: Extract<StatsAddress, { kind: Kind }>,
  files: ScopedFiles,
) => StatsSource;

/** The factory of each source; a new source is a member of StatsAddress, a file, and a line here. */
const STATS_SOURCE_FACTORIES: { readonly [Kind in StatsAddress["kind"]]: StatsSourceFactory<Kind> } = {
  unix: createUnixSource,
  abns: createAbstractSource,
  tcp: createTcpSource,
  tls: createTlsSource,
  "unix-master": createUnixMasterSource,
  "tcp-master": createTcpMasterSource,
  page: createPageSource,
};

/** The source for a configured stats address, whose files are opened by `files`; it opens no connection before its first request. */
export function openStatsSource(address: StatsAddress, files: ScopedFiles = new ScopedFiles()): StatsSource {
  const open = STATS_SOURCE_FACTORIES[address.kind] as StatsSourceFactory<StatsAddress["kind"]>;
  return open(address, files);
}
