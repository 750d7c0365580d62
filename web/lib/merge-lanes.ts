import type { HistoryInterval } from "../../server/contract/history.ts";
import { PHASES, VERDICTS } from "../../server/contract/verdict.ts";

/** The intervals of each vantage, in the order of their names; those that were not recorded belong to the vantage beside them. */
export function splitLanes(intervals: readonly HistoryInterval[]): ReadonlyMap<string, readonly HistoryInterval[]> {
  const lanes: HistoryInterval[][] = [];
  let end: string | null = null;
  for (const interval of intervals) {
    // The lanes follow one another, each without gaps from the begin of the range on.
    const lane = interval.from === end ? lanes.at(-1) : undefined;
    if (lane === undefined) lanes.push([interval]);
    else lane.push(interval);
    end = interval.to;
  }
  const named = lanes.map(
    (lane, index) => [lane.find(({ vantage }) => vantage !== null)?.vantage ?? `${index}`, lane] as const,
  );
  return new Map(named.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** One lane of all vantages: at each time the worst that one of them saw. The same array where there is one lane. */
export function mergeLanes(intervals: readonly HistoryInterval[]): readonly HistoryInterval[] {
  const lanes = [...splitLanes(intervals).values()];
  if (lanes.length < 2) return intervals;
  const times = [...new Set(intervals.map(({ from }) => from))].toSorted();
  const places = lanes.map(() => 0);
  const merged: HistoryInterval[] = [];
  for (const [index, from] of times.entries()) {
    const present = lanes.flatMap((lane, each) => {
      while ((lane[(places[each] ?? 0) + 1]?.from ?? "~") <= from) places[each] = (places[each] ?? 0) + 1;
      return lane[places[each] ?? 0] ?? [];
    });
    const [first, ...others] = present;
    if (first === undefined) continue;
    const worst = others.reduce((a, b) => (severityOf(b) > severityOf(a) ? b : a), first);
    merged.push({ ...worst, from, to: times[index + 1] ?? worst.to });
  }
  return merged;
}

/** What was not recorded is no worse than what one vantage saw. */
function severityOf({ haproxy, verdict, phase }: HistoryInterval): number {
  if (haproxy === null) return -1;
  const certainty = phase === PHASES.at(-1) ? 2 : Number(phase !== null);
  return certainty * VERDICTS.length + VERDICTS.length - VERDICTS.indexOf(verdict);
}
