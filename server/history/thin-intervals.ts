import type { TimeRange } from "../contract/history.ts";
import type { Interval } from "./intervals.ts";
import { severityOf } from "./severity.ts";

/** Intervals that are kept of those that begin in one part of a range. */
const KEPT_PER_PART = 4;

/**
 * Thins the intervals of a range to `atMost`, at least 4; returns the same array where they are no more than that. Of those
 * that begin in one part of the range, the worst and the last keep their times; the mildest stands for the others.
 */
export function thinIntervals(
  intervals: readonly Interval[],
  { from, to }: TimeRange,
  atMost: number,
): readonly Interval[] {
  if (intervals.length <= atMost) return intervals;
  const parts = Math.max(1, Math.floor(atMost / KEPT_PER_PART));
  const partOf = (interval: Interval): number =>
    Math.min(parts - 1, Math.floor(((interval.from - from) * parts) / (to - from)));
  const kept: Interval[] = [];
  for (let start = 0, end = 0; start < intervals.length; start = end) {
    const [first] = intervals.slice(start, start + 1);
    if (first === undefined) break;
    while (end < intervals.length && partOf(intervals[end] ?? first) === partOf(first)) end += 1;
    kept.push(...thinPart(intervals.slice(start, end), first));
  }
  return kept;
}

function thinPart(part: readonly Interval[], first: Interval): readonly Interval[] {
  if (part.length <= KEPT_PER_PART) return part;
  let [worst, mildest, last] = [first, first, first];
  for (const interval of part) {
    if (isWorse(interval, worst)) worst = interval;
    if (severityOf(interval.entry) < severityOf(mildest.entry)) mildest = interval;
    last = interval;
  }
  const { entry } = mildest;
  const pieces: Interval[] = [
    { from: first.from, to: worst.from, entry },
    worst,
    { from: worst.to, to: last.from, entry },
    ...(last === worst ? [] : [last]),
  ];
  return pieces.filter((piece) => piece.to > piece.from);
}

/** Of two that are equally bad the longer one is worse. */
function isWorse(a: Interval, b: Interval): boolean {
  const difference = severityOf(a.entry) - severityOf(b.entry);
  return difference > 0 || (difference === 0 && a.to - a.from > b.to - b.from);
}
