import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";

/** The one limit over all phases of a probe; ends when it runs out or when the probe is cancelled. */
export interface Deadline extends Disposable {
  /** It ran out, or the probe was cancelled. */
  readonly ended: boolean;
  /** True once it ran out; false while it runs, and where the probe was cancelled. */
  readonly ranOut: boolean;
  /** Calls back once it ends, at once where it has; the returned function takes that back. */
  whenEnded(listener: EndListener): () => void;
  /** Something arrived from the other side. */
  progressed(): void;
}

/** Told with what a promise may reject with: the deadline, not the error, knows why. */
export type EndListener = (reason: Error) => void;

/**
 * Starts a deadline of `ms`. One that fires late was held up by a pause of this process: then what waits in the
 * sockets is taken in first, and if there was anything, the probe gets the time that the pause took, once.
 */
export function startDeadline(clock: Clock, ms: number, cancelled: AbortSignal): Deadline {
  return new RunningDeadline(clock, ms, cancelled);
}

const OVER = new Error("the probe's time is over");

/** Listeners are kept by hand: an AbortSignal costs more than the rest of a probe's bookkeeping together. */
class RunningDeadline implements Deadline {
  readonly #clock: Clock;
  readonly #ms: number;
  readonly #cancelled: AbortSignal;
  readonly #cancel = (): void => this.#end();
  readonly #fire = (): void => this.#onTime();
  #listeners: EndListener[] = [];
  #ended = false;
  #ranOut = false;
  #arrivals = 0;
  #dueAt = 0;
  /** The time of a pause was given already. */
  #isLast = false;
  #stopTimer = nothing;

  constructor(clock: Clock, ms: number, cancelled: AbortSignal) {
    this.#clock = clock;
    this.#ms = ms;
    this.#cancelled = cancelled;
    if (cancelled.aborted) {
      this.#ended = true;
      return;
    }
    this.#arm(ms);
    cancelled.addEventListener("abort", this.#cancel);
  }

  get ended(): boolean {
    return this.#ended;
  }

  get ranOut(): boolean {
    return this.#ranOut;
  }

  whenEnded(listener: EndListener): () => void {
    if (this.#ended) {
      listener(OVER);
      return nothing;
    }
    this.#listeners.push(listener);
    return () => {
      const at = this.#listeners.indexOf(listener);
      if (at >= 0) this.#listeners.splice(at, 1);
    };
  }

  progressed(): void {
    this.#arrivals += 1;
  }

  /** Without a word to the listeners: whoever disposes of it has come to his end. */
  [Symbol.dispose](): void {
    this.#stopTimer();
    this.#cancelled.removeEventListener("abort", this.#cancel);
    this.#listeners = [];
    this.#ended = true;
  }

  #arm(ms: number): void {
    this.#dueAt = this.#clock.now() + ms;
    this.#stopTimer = this.#clock.after(ms, this.#fire);
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
    this.#ranOut = true;
    this.#end();
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    const listeners = this.#listeners;
    this.#listeners = [];
    for (const listener of listeners) listener(OVER);
  }
}

function nothing(): void {}

/** Waits for what cannot be cancelled only as long as the deadline allows; rejects with its reason otherwise. */
export function orEnded<T>(work: Promise<T>, deadline: Deadline): Promise<T> {
  return new Promise((resolve, reject) => {
    const stopWaiting = deadline.whenEnded(reject);
    work.then(resolve, reject).finally(stopWaiting);
  });
}
