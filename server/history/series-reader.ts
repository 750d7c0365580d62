import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import type { TimeRange } from "../contract/history.ts";
import type { SeriesReader, ServerSeries } from "../contract/series.ts";
import { serverKey } from "../contract/server-key.ts";
import { CONTRACT_VERSION } from "../contract/status.ts";
import type { Store, StoredServerName } from "../contract/store.ts";
import type { SampleRings } from "./sample-rings.ts";
import { stepOf, toSteps } from "./series-steps.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Reads samples from memory and older values from the store; without one, values that are older are unknown. */
export function createSeriesReader(
  rings: SampleRings,
  store: Pick<Store, "series"> | null,
  minutesKeptMs: number,
  clock: Clock,
): SeriesReader {
  async function read(server: StoredServerName, range: TimeRange, points: number): Promise<ServerSeries> {
    const { instance, backend, server: name } = server;
    const key = serverKey(instance, backend, name);
    const age = clock.wall() - range.from;
    if (store === null || age <= BOUNDS.seriesRawMs) {
      return toSeries(rings.read(key, range.from, range.to), key, range, stepOf(range, points, BOUNDS.seriesEveryMs));
    }
    const by = age <= minutesKeptMs ? "minute" : "hour";
    const everyMs = by === "minute" ? MINUTE_MS : HOUR_MS;
    const aligned = { from: Math.floor(range.from / everyMs) * everyMs, to: range.to };
    return toSeries(await store.series({ server, ...aligned, by }), key, aligned, stepOf(aligned, points, everyMs));
  }
  return { series: read };
}

function toSeries(
  values: Iterable<{ readonly at: number; readonly values: ArrayLike<number> }>,
  key: string,
  range: TimeRange,
  stepMs: number,
): ServerSeries {
  return {
    version: CONTRACT_VERSION,
    key,
    from: new Date(range.from).toISOString(),
    to: new Date(range.to).toISOString(),
    stepMs,
    series: toSteps(values, range, stepMs),
  };
}
