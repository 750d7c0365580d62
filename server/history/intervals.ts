import type { TimeRange } from "../contract/history.ts";
import type { StripEntry } from "../contract/store.ts";

/** What held of a server in a part of its history; null: nothing was recorded. */
export interface Interval extends TimeRange {
  readonly entry: StripEntry | null;
}

/**
 * Covers `range` with what held in one vantage, without gaps or overlaps. `entries` are its judgements and `spans` the
 * times in which it recorded, both oldest first.
 */
export function toIntervals(
  entries: readonly StripEntry[],
  spans: readonly TimeRange[],
  { from, to }: TimeRange,
): Interval[] {
  const intervals: Interval[] = [];
  const add = (start: number, end: number, entry: StripEntry | null): void => {
    if (end <= start) return;
    const last = intervals.at(-1);
    if (last !== undefined && last.entry === entry) intervals[intervals.length - 1] = { ...last, to: end };
    else intervals.push({ from: start, to: end, entry });
  };
  let [cursor, place] = [from, 0];
  for (const span of spans) {
    const [start, end] = [Math.max(span.from, cursor), Math.min(span.to, to)];
    if (end <= start) continue;
    add(cursor, start, null);
    cursor = start;
    while (cursor < end) {
      // An entry can begin in one span and hold on in the next.
      while ((entries[place + 1]?.at ?? Number.POSITIVE_INFINITY) <= cursor) place += 1;
      const entry = entries[place] ?? null;
      const isBefore = entry === null || entry.at > cursor;
      const next = Math.min(end, (isBefore ? entry?.at : entries[place + 1]?.at) ?? end);
      add(cursor, next, isBefore || entry.reason === "not-recorded" ? null : entry);
      cursor = next;
    }
  }
  add(cursor, to, null);
  return intervals;
}
