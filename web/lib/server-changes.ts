import type { HistoryInterval } from "../../server/contract/history.ts";

/** A verdict that held for a while, newest first in lists. */
export interface ServerChange {
  readonly from: number;
  readonly to: number;
  readonly interval: HistoryInterval;
}

/** The changes of verdict or reason among these intervals, newest first: intervals that differ in evidence alone are one. */
export function serverChanges(intervals: readonly HistoryInterval[]): ServerChange[] {
  const changes: ServerChange[] = [];
  for (const interval of intervals) {
    const [from, to] = [Date.parse(interval.from), Date.parse(interval.to)];
    const last = changes.at(-1);
    if (last !== undefined && isSame(last.interval, interval)) {
      changes[changes.length - 1] = { ...last, to };
    } else changes.push({ from, to, interval });
  }
  return changes.toReversed();
}

function isSame(a: HistoryInterval, b: HistoryInterval): boolean {
  return (
    a.verdict === b.verdict &&
    a.phase === b.phase &&
    a.reason === b.reason &&
    a.expected === b.expected &&
    (a.haproxy === null) === (b.haproxy === null)
  );
}
