import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";

/** The one limit over all phases of a probe; ends when it runs out or when the probe is cancelled. */
export interface Deadline {
  /** It ran out, or the probe was cancelled. */
  readonly ended: boolean;
  /** True once it ran out; false while it runs, and where the probe was cancelled. */
  readonly expired: boolean;
  /** Who waits now is called back once it ends, at once where it has. One at a time, so he takes the place of whoever waited before; null: nobody waits. */
  setEndHandler(listener: EndHandler | null): void;
  /** Something arrived from the other side. */
  markProgress(): void;
}

/** A deadline in the hands of whoever started it. Once it is disposed of no timer is left, and nobody is called back. */
export interface RunningDeadline extends Deadline, Disposable {
  /** Ends it before its time: nobody wants to know any more. */
  cancel(): void;
}

/** Told with what a promise may reject with: the deadline, not the error, knows why. */
export type EndHandler = (reason: Error) => void;

/**
 * Starts a deadline of `ms`. One that fires late was held up by a pause of this process: then what waits in the
 * sockets is taken in first, and if there was anything, the probe gets the time that the pause took, once.
 */
export function startDeadline(clock: Clock, ms: number): RunningDeadline {
  return new TimedDeadline(clock, ms);
}

const DEADLINE_ENDED = new Error("the probe's time is over");

/** One listener, kept by hand: an AbortSignal costs more than the rest of a probe's bookkeeping together. */
class TimedDeadline implements RunningDeadline {
  readonly #clock: Clock;
  readonly #ms: number;
  #endHandler: EndHandler | null = null;
  #ended = false;
  #expired = false;
  #progressCount = 0;
  #dueAt = 0;
  /** The time of a pause was given already. */
  #isExtended = false;
  #cancelTimer = noop;

  constructor(clock: Clock, ms: number) {
    this.#clock = clock;
    this.#ms = ms;
    this.#startTimer(ms);
  }

  get ended(): boolean {
    return this.#ended;
  }

  get expired(): boolean {
    return this.#expired;
  }

  setEndHandler(listener: EndHandler | null): void {
    this.#endHandler = listener;
    if (this.#ended) listener?.(DEADLINE_ENDED);
  }

  markProgress(): void {
    this.#progressCount += 1;
  }

  cancel(): void {
    if (this.#ended) return;
    this.#cancelTimer();
    this.#end();
  }

  [Symbol.dispose](): void {
    this.#cancelTimer();
    this.#endHandler = null;
    this.#ended = true;
  }

  #startTimer(ms: number): void {
    this.#dueAt = this.#clock.now() + ms;
    this.#cancelTimer = this.#clock.after(ms, () => this.#onTimer());
  }

  #onTimer(): void {
    const lateMs = this.#clock.now() - this.#dueAt;
    if (this.#isExtended || lateMs <= BOUNDS.pauseMs) return this.#expire();
    const before = this.#progressCount;
    // Timers run before sockets are read, and this callback after that.
    setImmediate(() => {
      if (this.#ended) return;
      if (this.#progressCount === before) return this.#expire();
      this.#isExtended = true;
      this.#startTimer(Math.min(lateMs, this.#ms));
    });
  }

  #expire(): void {
    if (this.#ended) return;
    this.#expired = true;
    this.#end();
  }

  #end(): void {
    this.#ended = true;
    this.#endHandler?.(DEADLINE_ENDED);
  }
}

function noop(): void {}

/** Waits for what cannot be cancelled only as long as the deadline allows; rejects with its reason otherwise. */
export function withDeadline<T>(work: Promise<T>, deadline: Deadline): Promise<T> {
  return new Promise((resolve, reject) => {
    deadline.setEndHandler(reject);
    work.then(resolve, reject).finally(() => deadline.setEndHandler(null));
  });
}
