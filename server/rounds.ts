import type { Clock } from "./clock.ts";

/** Runs `round` one at a time, at the earliest time that was asked for, and `nextInMs` after each end. `round` rejects never. */
export class Rounds {
  readonly #clock: Clock;
  readonly #round: () => Promise<void>;
  readonly #nextInMs: () => number;
  #cancelTimer: () => void = () => {};
  #wakeAt = Infinity;
  #running: Promise<void> | null = null;
  #isStopped = false;
  /** Something may be due that the round under way has not seen; the round takes it back when it looks. */
  isWanted = false;

  constructor(clock: Clock, round: () => Promise<void>, nextInMs: () => number) {
    this.#clock = clock;
    this.#round = round;
    this.#nextInMs = nextInMs;
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** The next round begins in `inMs` at the latest, or once the one under way has ended. */
  wakeIn(inMs: number): void {
    const at = this.#clock.now() + inMs;
    if (this.#isStopped || at >= this.#wakeAt) return;
    this.#cancelTimer();
    this.#wakeAt = at;
    this.#cancelTimer = this.#clock.after(inMs, () => {
      this.#wakeAt = Infinity;
      this.isWanted = true;
      this.#running ??= this.#round().finally(() => {
        this.#running = null;
        this.wakeIn(this.#nextInMs());
      });
    });
  }

  /** Begins no further round, and resolves with the end of the one under way. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancelTimer();
    await this.#running;
  }
}
