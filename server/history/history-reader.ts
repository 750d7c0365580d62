import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import type {
  ChangesBeside,
  HistoryReader,
  NumbersQuery,
  NumbersRow,
  PastFleet,
  ServerHistory,
  TimeRange,
} from "../contract/history.ts";
import type { IncidentRecord } from "../contract/incident.ts";
import { serverKey } from "../contract/server-key.ts";
import { CONTRACT_VERSION } from "../contract/status.ts";
import type { FleetEntry, ServerTimes, Store, StoredServerName } from "../contract/store.ts";
import { type GroupedSpans, groupSpans, spansOf } from "./group-spans.ts";
import { type Interval, toIntervals } from "./intervals.ts";
import { NumbersSums } from "./numbers.ts";
import { toPastFleet } from "./past-fleet.ts";
import { toHistoryInterval } from "./past-server.ts";
import { readPages } from "./read-pages.ts";
import { thinIntervals } from "./thin-intervals.ts";

/** Makes the fleet of a past moment from what was recorded. */
export type ToFleet = (
  entries: readonly FleetEntry[],
  spans: GroupedSpans,
  at: number,
) => PastFleet | Promise<PastFleet>;

/** Reads the past from the store; a hub has a `toFleet` of its own. Rejects where the store does. */
export function createHistoryReader(store: Store, clock: Clock, toFleet: ToFleet = toPastFleet): HistoryReader {
  /** The times in which each vantage recorded, up to now where it still does. */
  async function readSpans({ from, to }: TimeRange): Promise<GroupedSpans> {
    const spans = await store.recordedSpans({ from, to: to + 1, atMost: BOUNDS.historySpansMax });
    return groupSpans(spans, clock.wall());
  }

  async function readHistory(server: StoredServerName, range: TimeRange, points: number): Promise<ServerHistory> {
    const { site, instance } = server;
    const [entries, spans, reloads] = await Promise.all([
      store.strip({ server, ...range, atMost: BOUNDS.historyEntriesMax }),
      readSpans(range),
      store.reloads({ site, instance, ...range }),
    ]);
    const byVantage = Map.groupBy(entries, ({ vantage }) => vantage);
    const atMost = Math.max(4, Math.floor(points / Math.max(1, byVantage.size)));
    let thinned = entries.length >= BOUNDS.historyEntriesMax;
    const intervals: Interval[] = [];
    for (const [vantage, ofVantage] of [...byVantage].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
      const all = toIntervals(ofVantage, spansOf(spans, { site, vantage }), range);
      const kept = thinIntervals(all, range, atMost);
      thinned ||= kept !== all;
      intervals.push(...kept);
    }
    return { ...toServerHistory(server, range, intervals, thinned), reloads: reloads.map(toIso) };
  }

  async function readFleetAt(at: number): Promise<PastFleet> {
    const entries: FleetEntry[] = [];
    await readPages<FleetEntry>(
      (cursor) => store.fleetAt({ at, cursor, limit: BOUNDS.historyPageRows }),
      (entry) => entries.push(entry),
    );
    // From the beginning: the end of the last run before says since when nothing was recorded.
    return toFleet(entries, await readSpans({ from: 0, to: at }), at);
  }

  async function readNumbers({ range, by, instance, backend }: NumbersQuery): Promise<readonly NumbersRow[]> {
    const sums = new NumbersSums(by);
    const page = { limit: BOUNDS.historyPageRows };
    await readPages<ServerTimes>(
      (cursor) => store.verdictTimes({ ...range, ...page, instance, backend, cursor, now: clock.wall() }),
      (times) => sums.addTimes(times),
    );
    await readPages<IncidentRecord>(
      (cursor) => store.incidents({ ...range, ...page, open: null, cursor }),
      (incident) => sums.addIncident(incident),
    );
    return sums.rows();
  }

  async function readChangesBeside(at: number): Promise<ChangesBeside> {
    return toChangesBeside(at, await store.changesBeside(at));
  }

  return {
    isKept: true,
    history: readHistory,
    fleetAt: readFleetAt,
    changesBeside: readChangesBeside,
    numbers: readNumbers,
  };
}

/** The reader where nothing is kept. */
export const NO_HISTORY: HistoryReader = {
  isKept: false,
  history: async (server, range) => toServerHistory(server, range, [], false),
  fleetAt: async (at) => toPastFleet([], new Map(), at),
  changesBeside: async (at) => toChangesBeside(at, { before: null, after: null }),
  numbers: async () => [],
};

function toChangesBeside(
  at: number,
  { before, after }: { readonly before: number | null; readonly after: number | null },
): ChangesBeside {
  const orNull = (ms: number | null): string | null => (ms === null ? null : toIso(ms));
  return { version: CONTRACT_VERSION, at: toIso(at), before: orNull(before), after: orNull(after) };
}

function toIso(ms: number): string {
  return new Date(ms).toISOString();
}

function toServerHistory(
  { instance, backend, server }: StoredServerName,
  { from, to }: TimeRange,
  intervals: readonly Interval[],
  thinned: boolean,
): ServerHistory {
  const all = intervals.length === 0 ? [{ from, to, entry: null }] : intervals;
  return {
    version: CONTRACT_VERSION,
    key: serverKey(instance, backend, server),
    from: toIso(from),
    to: toIso(to),
    thinned,
    reloads: [],
    // Vantage after vantage: what was not recorded has no name, and belongs to the lane in which it stands.
    intervals: all.map(toHistoryInterval),
  };
}
