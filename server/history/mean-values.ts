import { SERIES, type SeriesName } from "../contract/series.ts";

/** Values whose greatest counts, where those of the others are averaged. */
const GREATEST: ReadonlySet<SeriesName> = new Set<SeriesName>(["probeMaxMs"]);

/** Joins samples, or values that were joined before, to one of each series; NaN where there is none. */
export class MeanValues {
  readonly #sums = new Float64Array(SERIES.length);
  readonly #counts = new Uint32Array(SERIES.length);

  add(values: ArrayLike<number>): void {
    for (const [place, name] of SERIES.entries()) {
      const value = values[place] ?? Number.NaN;
      if (Number.isNaN(value)) continue;
      const sum = this.#sums[place] ?? 0;
      this.#counts[place] = (this.#counts[place] ?? 0) + 1;
      this.#sums[place] = GREATEST.has(name) ? Math.max(sum, value) : sum + value;
    }
  }

  /** The joined values, in the order of the series. */
  finish(): number[] {
    return SERIES.map((name, place) => {
      const [sum, count] = [this.#sums[place] ?? 0, this.#counts[place] ?? 0];
      return count === 0 ? Number.NaN : GREATEST.has(name) ? sum : sum / count;
    });
  }
}
