import type { BenchCase } from "./measurement.ts";
import type { Scale } from "./scale.ts";

/** One subject of the bench: what it is about, and how it is measured. */
export interface Section {
  readonly title: string;
  /** Measures; resolves when nothing that it started is left. `say` tells of progress, for people. */
  run(scale: Scale, say: (text: string) => void): Promise<readonly BenchCase[]>;
}

/** A section could not run for a reason that is nobody's fault, such as a program that is not installed. */
export class SectionSkipped extends Error {}
