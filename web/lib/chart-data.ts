import type { HistoryInterval } from "../../server/contract/history.ts";
import type { SeriesName, ServerSeries } from "../../server/contract/series.ts";

/** One value of a chart; null is a gap. */
export interface ChartPoint {
  readonly x: number;
  readonly y: number | null;
}

/** A time of an incident, which charts shade; milliseconds since 1970. */
export interface ShadedTime {
  readonly from: number;
  readonly to: number;
  readonly verdict: "false-up" | "false-down";
}

/** The points of one series: each at the middle of its step. */
export function chartPoints({ from, stepMs, series }: ServerSeries, name: SeriesName): ChartPoint[] {
  const start = Date.parse(from) + stepMs / 2;
  return series[name].map((y, step) => ({ x: start + step * stepMs, y }));
}

/** True where a chart has something to show. */
export function isMeasured({ series }: ServerSeries): boolean {
  return Object.values(series).some((values) => values.some((value) => value !== null));
}

/** The times of false-ups and false-downs that nothing expects, from their first failed probe; those that meet are one. */
export function shadedTimes(intervals: readonly HistoryInterval[]): ShadedTime[] {
  const times: ShadedTime[] = [];
  let pending: number | null = null;
  for (const { from, to, verdict, phase, expected } of intervals) {
    if ((verdict !== "false-up" && verdict !== "false-down") || expected) {
      pending = null;
      continue;
    }
    const [start, end] = [Date.parse(from), Date.parse(to)];
    pending ??= start;
    if (phase !== "confirmed") continue;
    const last = times.at(-1);
    if (last?.verdict === verdict && last.to >= pending) times[times.length - 1] = { ...last, to: end };
    else times.push({ from: pending, to: end, verdict });
    pending = null;
  }
  return times;
}

/** Whether a moment lies in a false-up. */
export function isInFalseUp(times: readonly ShadedTime[], at: number): boolean {
  return times.some(({ from, to, verdict }) => verdict === "false-up" && from <= at && at < to);
}

/** `3.9 to 12.3 ms`, of the values that there are; null without one. */
export function describeRange(points: readonly ChartPoint[], format: (value: number) => string): string | null {
  const values = points.flatMap(({ y }) => (y === null ? [] : [y]));
  if (values.length === 0) return null;
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return least === most ? format(least) : `${format(least)} to ${format(most)}`;
}
