import type { TimeRange } from "./history.ts";
import type { ServerKey, ServerName } from "./server-key.ts";
import type { CONTRACT_VERSION } from "./status.ts";
import type { StoredServerName } from "./store.ts";

/** The values of a series, in the order in which they are kept; milliseconds, and counts per second. */
export const SERIES = [
  "probeMs",
  "probeMaxMs",
  "connectMs",
  "tlsMs",
  "answerMs",
  "checkMs",
  "trafficPerSecond",
  "errorsPerSecond",
] as const;
export type SeriesName = (typeof SERIES)[number];

/** What a server shows at one moment; counters are totals of HAProxy. */
export interface ServerSample extends ServerName {
  /** Identifies the newest probe result; null before the first. */
  readonly probe: {
    readonly seq: number;
    readonly durationMs: number;
    readonly connectMs: number | null;
    readonly tlsMs: number | null;
    readonly answerMs: number | null;
  } | null;
  readonly checkMs: number | null;
  readonly sessionsTotal: number | null;
  readonly responses5xx: number | null;
}

/** Body of a server's series: the value of each step from `from` on, null where there is none. */
export interface ServerSeries {
  readonly version: typeof CONTRACT_VERSION;
  readonly key: ServerKey;
  readonly from: string;
  readonly to: string;
  readonly stepMs: number;
  readonly series: Readonly<Record<SeriesName, readonly (number | null)[]>>;
}

/** Reads series: of the last 15 minutes as they were sampled, older ones by minute or hour as the store keeps them. */
export interface SeriesReader {
  /** At most `points` steps. */
  series(server: StoredServerName, range: TimeRange, points: number): Promise<ServerSeries>;
}
