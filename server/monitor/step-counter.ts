import { BOUNDS } from "../bounds.ts";

/** The work of judging, or removing, a server, in rows that are applied. */
export const JUDGING_WORK = BOUNDS.applyStepRows / BOUNDS.judgeStepServers;

/** Adds up work in rows, for generators that yield after each `applyStepRows` of it. */
export class StepCounter {
  #work = 0;

  /** True where the work makes a step full. */
  add(work: number): boolean {
    this.#work += work;
    if (this.#work < BOUNDS.applyStepRows) return false;
    this.#work = 0;
    return true;
  }
}
