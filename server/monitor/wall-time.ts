import { type Clock, measureWallOffset } from "../clock.ts";

/** ISO 8601, UTC; null for milliseconds since 1970 outside the range of dates, which HAProxy and certificates can contain. */
export function isoOrNull(ms: number): string | null {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}

/** Wall and monotonic clock drift apart slowly; a difference up to this does not move the offset. */
const TOLERATED_MS = 250;

/**
 * Turns monotonic milliseconds into wall time. The same moment always gives the same text, since a `since` that differs
 * by a millisecond counts as a change of its row. After the wall clock is set, times follow it.
 */
export class WallTime {
  readonly #clock: Clock;
  #offset: number | null = null;
  /** The last text, since all servers of one poll have the same time. */
  #last = { ms: Number.NaN, text: "" };

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** ISO 8601, UTC. */
  iso(at: number): string {
    const ms = this.ms(at);
    if (ms !== this.#last.ms) this.#last = { ms, text: new Date(ms).toISOString() };
    return this.#last.text;
  }

  /** Milliseconds since 1970, whole. */
  ms(at: number): number {
    return Math.trunc(this.offset() + at);
  }

  /** Milliseconds to add to monotonic ones. */
  offset(): number {
    if (this.#offset === null || this.#isOff(this.#offset, this.#clock.wall() - this.#clock.now())) {
      const offset = measureWallOffset(this.#clock);
      if (this.#offset === null || this.#isOff(this.#offset, offset)) this.#offset = offset;
    }
    return this.#offset;
  }

  #isOff(known: number, measured: number): boolean {
    return Math.abs(measured - known) > TOLERATED_MS;
  }
}
