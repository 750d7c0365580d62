import { SERIES, type ServerSeries } from "../contract/series.ts";
import type { TimeRange } from "../contract/history.ts";
import { MeanValues } from "./mean-values.ts";

/** The step of a series: a multiple of the interval `everyMs` of its values, such that a range has at most `points`. */
export function stepOf({ from, to }: TimeRange, points: number, everyMs: number): number {
  return Math.max(1, Math.ceil((to - from) / points / everyMs)) * everyMs;
}

/** Joins values to those of equal steps from the begin of the range; null where a step has none. */
export function toSteps(
  values: Iterable<{ readonly at: number; readonly values: ArrayLike<number> }>,
  { from, to }: TimeRange,
  stepMs: number,
): ServerSeries["series"] {
  const steps = Array.from({ length: Math.ceil((to - from) / stepMs) }, () => new MeanValues());
  for (const { at, values: ofMoment } of values) steps[Math.floor((at - from) / stepMs)]?.add(ofMoment);
  const joined = steps.map((step) => step.finish());
  const series = SERIES.map((name, place) => [name, joined.map((row) => roundOrNull(row[place] ?? Number.NaN))]);
  return Object.fromEntries(series);
}

/** Three significant digits, which is what is kept. */
function roundOrNull(value: number): number | null {
  return Number.isNaN(value) ? null : Number(value.toPrecision(3));
}
