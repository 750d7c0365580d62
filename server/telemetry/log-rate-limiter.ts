import type { Clock } from "../clock.ts";

const WINDOW_MS = 1_000;

/** Allows a number of lines per second, counts those beyond it, and reports the count at the end of the second. */
export class LogRateLimiter {
  readonly #clock: Clock;
  readonly #perSecond: number;
  readonly #onSuppressed: (count: number) => void;
  #windowStart = Number.NEGATIVE_INFINITY;
  #used = 0;
  #suppressed = 0;
  #cancel: (() => void) | null = null;

  constructor(clock: Clock, perSecond: number, onSuppressed: (count: number) => void) {
    this.#clock = clock;
    this.#perSecond = perSecond;
    this.#onSuppressed = onSuppressed;
  }

  /** Returns true and uses the budget if a line may be written now. */
  tryAcquire(): boolean {
    const now = this.#clock.now();
    if (now - this.#windowStart >= WINDOW_MS) {
      this.#flush();
      this.#windowStart = now;
      this.#used = 0;
    }
    if (this.#used < this.#perSecond) {
      this.#used += 1;
      return true;
    }
    this.#suppressed += 1;
    this.#cancel ??= this.#clock.after(this.#windowStart + WINDOW_MS - now, () => this.#flush());
    return false;
  }

  /** Reports the current count and cancels the timer. */
  stop(): void {
    this.#flush();
  }

  #flush(): void {
    this.#cancel?.();
    this.#cancel = null;
    if (this.#suppressed > 0) this.#onSuppressed(this.#suppressed);
    this.#suppressed = 0;
  }
}
