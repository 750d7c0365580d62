import type { BenchCase } from "./measurement.ts";
import type { Scale } from "./scale.ts";

/** One section of the bench. */
export interface Section {
  readonly title: string;
  /** Measures, and resolves when everything it started has ended. `say` prints progress. */
  run(scale: Scale, say: (text: string) => void): Promise<readonly BenchCase[]>;
}

/** A section that cannot run here, for example because a program is not installed. */
export class SectionSkipped extends Error {}
