import type { ServerSeries } from "../../server/contract/series.ts";
import type { AreaPoint } from "../components/area-chart.tsx";

/**
 * How many sessions or requests went to the members since `from`, from their rates; the last value is `total`, which HAProxy's
 * counters gave. Empty where no rate was recorded.
 */
export function sentTraffic(series: readonly ServerSeries[], from: number, to: number, total: number): AreaPoint[] {
  const [first] = series;
  if (first === undefined) return [];
  const begin = Date.parse(first.from);
  const steps = Math.max(...series.map(({ series: { trafficPerSecond } }) => trafficPerSecond.length));
  const points: AreaPoint[] = [{ at: from, value: 0 }];
  let sum = 0;
  for (let i = 0; i < steps; i += 1) {
    const end = begin + (i + 1) * first.stepMs;
    if (end <= from || end > to) continue;
    const rate = series.reduce((all, { series: { trafficPerSecond } }) => all + (trafficPerSecond[i] ?? 0), 0);
    sum += (rate * Math.min(first.stepMs, end - from)) / 1_000;
    points.push({ at: end, value: sum });
  }
  if (sum === 0) return [];
  const scale = total / sum;
  return [...points.map(({ at, value }) => ({ at, value: value * scale })), { at: to, value: total }];
}
