import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";

/**
 * Targets that send far more than a response needs, or in far more pieces: for `probeCostlyForMs` they are probed less
 * often and read with a limit below TLS. When it is full the oldest is dropped.
 */
export class CostlyTargets {
  readonly #clock: Clock;
  readonly #until = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  has(targetKey: string): boolean {
    if (this.#until.size === 0) return false;
    const until = this.#until.get(targetKey);
    if (until === undefined) return false;
    if (this.#clock.now() < until) return true;
    this.#until.delete(targetKey);
    return false;
  }

  add(targetKey: string): void {
    this.#until.delete(targetKey);
    this.#until.set(targetKey, this.#clock.now() + BOUNDS.probeCostlyForMs);
    for (const oldest of this.#until.keys()) {
      if (this.#until.size <= BOUNDS.serversMax) break;
      this.#until.delete(oldest);
    }
  }

  delete(targetKey: string): void {
    this.#until.delete(targetKey);
  }
}
