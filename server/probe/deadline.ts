import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";

/** The time limit over all phases of a probe; ends when it expires or when the probe is cancelled. */
export interface Deadline {
  /** It expired, or the probe was cancelled. */
  readonly ended: boolean;
  /** True once it expired; false while it runs, and where the probe was cancelled. */
  readonly expired: boolean;
  /** Sets the only callback; runs it at once if already ended; null clears it. */
  setEndHandler(handler: EndHandler | null): void;
  /** Records that data arrived. */
  markProgress(): void;
}

/** A deadline as its owner holds it. Disposal cancels the timer and clears the callback. */
export interface RunningDeadline extends Deadline, Disposable {
  /** Ends it early, without `expired`. */
  cancel(): void;
}

/** Receives an error to reject with; the deadline itself says why it ended. */
export type EndHandler = (reason: Error) => void;

/**
 * Starts a deadline of `ms` milliseconds. A timer that fires late was delayed by a pause of this process: then pending
 * socket data is read first, and if there was any, the probe gets the length of the pause in addition, once.
 */
export function startDeadline(clock: Clock, ms: number): RunningDeadline {
  return new TimedDeadline(clock, ms);
}

const DEADLINE_ENDED = new Error("the probe's deadline has ended");

/** One callback instead of an AbortSignal, which costs more than the rest of a probe's bookkeeping. */
class TimedDeadline implements RunningDeadline {
  readonly #clock: Clock;
  readonly #ms: number;
  #endHandler: EndHandler | null = null;
  #ended = false;
  #expired = false;
  #progressCount = 0;
  #dueAt = 0;
  /** A pause was compensated already. */
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

  setEndHandler(handler: EndHandler | null): void {
    this.#endHandler = handler;
    if (this.#ended) handler?.(DEADLINE_ENDED);
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
    // Timers run before sockets are read, and setImmediate after that.
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

/** Waits for work that cannot be cancelled until the deadline ends; then rejects with its reason. */
export function withDeadline<T>(work: Promise<T>, deadline: Deadline): Promise<T> {
  return new Promise((resolve, reject) => {
    deadline.setEndHandler(reject);
    work.then(resolve, reject).finally(() => deadline.setEndHandler(null));
  });
}
