import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";

/** The one limit over all phases of a probe; ends when it runs out or when the probe is cancelled. */
export interface Deadline {
  /** It ran out, or the probe was cancelled. */
  readonly ended: boolean;
  /** True once it ran out; false while it runs, and where the probe was cancelled. */
  readonly ranOut: boolean;
  /** Who waits now is called back once it ends, at once where it has. One at a time, so he takes the place of whoever waited before; null: nobody waits. */
  onEnd(listener: EndListener | null): void;
  /** Something arrived from the other side. */
  progressed(): void;
}

/** A deadline in the hands of whoever started it. Once it is disposed of no timer is left, and nobody is called back. */
export interface RunningDeadline extends Deadline, Disposable {
  /** Ends it before its time: nobody wants to know any more. */
  cancel(): void;
}

/** Told with what a promise may reject with: the deadline, not the error, knows why. */
export type EndListener = (reason: Error) => void;

/**
 * Starts a deadline of `ms`. One that fires late was held up by a pause of this process: then what waits in the
 * sockets is taken in first, and if there was anything, the probe gets the time that the pause took, once.
 */
export function startDeadline(clock: Clock, ms: number): RunningDeadline {
  return new TimedDeadline(clock, ms);
}

const OVER = new Error("the probe's time is over");

/** One listener, kept by hand: an AbortSignal costs more than the rest of a probe's bookkeeping together. */
class TimedDeadline implements RunningDeadline {
  readonly #clock: Clock;
  readonly #ms: number;
  #listener: EndListener | null = null;
  #ended = false;
  #ranOut = false;
  #arrivals = 0;
  #dueAt = 0;
  /** The time of a pause was given already. */
  #isLast = false;
  #stopTimer = nothing;

  constructor(clock: Clock, ms: number) {
    this.#clock = clock;
    this.#ms = ms;
    this.#arm(ms);
  }

  get ended(): boolean {
    return this.#ended;
  }

  get ranOut(): boolean {
    return this.#ranOut;
  }

  onEnd(listener: EndListener | null): void {
    this.#listener = listener;
    if (this.#ended) listener?.(OVER);
  }

  progressed(): void {
    this.#arrivals += 1;
  }

  cancel(): void {
    if (this.#ended) return;
    this.#stopTimer();
    this.#end();
  }

  [Symbol.dispose](): void {
    this.#stopTimer();
    this.#listener = null;
    this.#ended = true;
  }

  #arm(ms: number): void {
    this.#dueAt = this.#clock.now() + ms;
    this.#stopTimer = this.#clock.after(ms, () => this.#onTime());
  }

  #onTime(): void {
    const lateMs = this.#clock.now() - this.#dueAt;
    if (this.#isLast || lateMs <= BOUNDS.pauseMs) return this.#runOut();
    const before = this.#arrivals;
    // Timers run before sockets are read, and this callback after that.
    setImmediate(() => {
      if (this.#ended) return;
      if (this.#arrivals === before) return this.#runOut();
      this.#isLast = true;
      this.#arm(Math.min(lateMs, this.#ms));
    });
  }

  #runOut(): void {
    if (this.#ended) return;
    this.#ranOut = true;
    this.#end();
  }

  #end(): void {
    this.#ended = true;
    this.#listener?.(OVER);
  }
}

function nothing(): void {}

/** Waits for what cannot be cancelled only as long as the deadline allows; rejects with its reason otherwise. */
export function orEnded<T>(work: Promise<T>, deadline: Deadline): Promise<T> {
  return new Promise((resolve, reject) => {
    deadline.onEnd(reject);
    work.then(resolve, reject).finally(() => deadline.onEnd(null));
  });
}
