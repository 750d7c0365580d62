import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";

/**
 * Limits failed attempts by key, such as a user's name or a client's network: `signInAttemptsMax`, and one more each
 * `signInAttemptEveryMs`. At most `signInKeysMax` keys are kept; the one that was used longest ago is forgotten.
 */
export class SignInLimit {
  readonly #clock: Clock;
  /** Attempts that were used up until a time, which each attempt moves on: the order of the map is that of use. */
  readonly #usedUntil = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#usedUntil.size;
  }

  /** Takes an attempt of all keys; the milliseconds to wait where one of them has none left, else 0. */
  take(keys: readonly string[]): number {
    const now = this.#clock.now();
    const wait = Math.max(...keys.map((key) => this.#waitOf(key, now)));
    if (wait > 0) return wait;
    for (const key of keys)
      this.#set(key, Math.max(now, this.#usedUntil.get(key) ?? now) + BOUNDS.signInAttemptEveryMs);
    return 0;
  }

  /** Gives back the attempt of a sign-in that succeeded. */
  giveBack(keys: readonly string[]): void {
    const now = this.#clock.now();
    for (const key of keys) {
      const until = (this.#usedUntil.get(key) ?? now) - BOUNDS.signInAttemptEveryMs;
      if (until > now) this.#set(key, until);
      else this.#usedUntil.delete(key);
    }
  }

  #waitOf(key: string, now: number): number {
    const until = this.#usedUntil.get(key);
    if (until === undefined) return 0;
    return Math.max(0, until - now - (BOUNDS.signInAttemptsMax - 1) * BOUNDS.signInAttemptEveryMs);
  }

  #set(key: string, until: number): void {
    this.#usedUntil.delete(key);
    this.#usedUntil.set(key, until);
    const [oldest] = this.#usedUntil.keys();
    if (this.#usedUntil.size > BOUNDS.signInKeysMax && oldest !== undefined) this.#usedUntil.delete(oldest);
  }
}
