import { type Clock, measureWallOffset } from "../clock.ts";

/** A difference between wall and monotonic clock up to this, in milliseconds, is drift; more of it is a clock that was set. */
const TOLERATED_MS = 250;

/**
 * The monitor's clock. It stands still while an input is applied, and the wall clock is the monotonic one plus whole
 * milliseconds, so that the two numbers `now()` and `offset` are all that a replay has to know of time.
 */
export class HeldClock implements Clock {
  /** The clock that is held. */
  readonly source: Clock;
  #held: number | null = null;
  #offset: number;

  constructor(clock: Clock) {
    this.source = clock;
    this.#offset = Math.round(measureWallOffset(clock));
  }

  /** Milliseconds from monotonic to wall time; follows a clock that was set with the next input. */
  get offset(): number {
    return this.#offset;
  }

  /** Stops the clock until `release`, and returns its time. */
  hold(): number {
    const now = this.source.now();
    if (this.#isOff(this.source.wall() - now)) {
      const offset = measureWallOffset(this.source);
      if (this.#isOff(offset)) this.#offset = Math.round(offset);
    }
    this.#held = now;
    return now;
  }

  #isOff(offset: number): boolean {
    return Math.abs(offset - this.#offset) > TOLERATED_MS;
  }

  release(): void {
    this.#held = null;
  }

  now(): number {
    return this.#held ?? this.source.now();
  }

  wall(): number {
    return this.now() + this.#offset;
  }

  after(ms: number, callback: () => void): () => void {
    return this.source.after(ms, callback);
  }
}
