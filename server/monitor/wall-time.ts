import type { Clock } from "../clock.ts";

/** ISO 8601, UTC; null for milliseconds since 1970 that are no date, as HAProxy and certificates can have. */
export function isoOrNull(ms: number): string | null {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}

/** The two clocks of a machine never move quite alike; differences up to this are no news. */
const TOLERATED_MS = 250;

/**
 * Turns monotonic milliseconds into wall time, the same moment always into the same text: a `since` that flickered by a
 * millisecond would be a change in everybody's eyes. Where the wall clock was set anew, times follow it.
 */
export class WallTime {
  readonly #clock: Clock;
  #offset: number | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** ISO 8601, UTC. */
  iso(at: number): string {
    return new Date(this.offset() + at).toISOString();
  }

  /** Milliseconds since 1970, whole. */
  ms(at: number): number {
    return Math.trunc(this.offset() + at);
  }

  /** Milliseconds to add to monotonic ones. */
  offset(): number {
    const offset = this.#clock.wall() - this.#clock.now();
    if (this.#offset === null || Math.abs(offset - this.#offset) > TOLERATED_MS) this.#offset = offset;
    return this.#offset;
  }
}
