/** Units of figures. */
export type Unit = "ms" | "µs" | "%" | "MB" | "kB" | "/s" | "MB/s" | "×" | "";

/** One measurement: the median of its rounds, with the smallest and the largest. */
export interface Measurement {
  readonly what: string;
  readonly unit: Unit;
  readonly median: number;
  readonly low: number;
  readonly high: number;
  /** The upper limit aimed at (with `at least` the lower one); null: none. */
  readonly aim: string | null;
}

/** The figures of one case, such as `1,000 servers`. */
export interface BenchCase {
  readonly situation: string;
  readonly figures: readonly Measurement[];
}

/** A figure of several rounds; throws without any. */
export function summarize(
  what: string,
  unit: Unit,
  samples: readonly number[],
  aim: string | null = null,
): Measurement {
  return {
    what,
    unit,
    median: percentile(samples, 0.5),
    low: percentile(samples, 0),
    high: percentile(samples, 1),
    aim,
  };
}

/** The percentile `share` (0 … 1) of the samples by nearest rank. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const value = sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))];
  if (value === undefined) throw new Error("nothing was measured");
  return value;
}
