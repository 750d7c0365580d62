import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";

/** The one limit over all phases of a probe; aborts `signal` when it runs out or when the probe is cancelled. */
export interface Deadline extends Disposable {
  readonly signal: AbortSignal;
  /** True once it ran out; false while it runs, and where the probe was cancelled. */
  readonly ranOut: boolean;
  /** Something arrived from the other side. */
  progressed(): void;
}

/**
 * Starts a deadline of `ms`. One that fires late was held up by a pause of this process: then what waits in the
 * sockets is taken in first, and if there was anything, the probe gets the time that the pause took, once.
 */
export function startDeadline(clock: Clock, ms: number, cancelled: AbortSignal): Deadline {
  const controller = new AbortController();
  let ranOut = false;
  let arrivals = 0;
  let disposed = false;
  let stopTimer = (): void => {};

  const giveUp = (): void => {
    ranOut = true;
    controller.abort();
  };
  const arm = (forMs: number, onTime: (lateMs: number) => void): void => {
    const due = clock.now() + forMs;
    stopTimer = clock.after(forMs, () => onTime(clock.now() - due));
  };
  const onTime = (lateMs: number): void => {
    if (lateMs <= BOUNDS.pauseMs) return giveUp();
    const before = arrivals;
    // Timers run before sockets are read, and this callback after that.
    setImmediate(() => {
      if (disposed || controller.signal.aborted) return;
      if (arrivals === before) return giveUp();
      arm(Math.min(lateMs, ms), giveUp);
    });
  };
  const cancel = (): void => controller.abort();

  arm(ms, onTime);
  if (cancelled.aborted) cancel();
  else cancelled.addEventListener("abort", cancel, { once: true });
  return {
    signal: controller.signal,
    get ranOut() {
      return ranOut;
    },
    progressed() {
      arrivals += 1;
    },
    [Symbol.dispose]() {
      disposed = true;
      stopTimer();
      cancelled.removeEventListener("abort", cancel);
    },
  };
}

/** Waits for what cannot be cancelled only as long as the signal allows; rejects with its reason otherwise. */
export function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    if (signal.aborted) return abort();
    signal.addEventListener("abort", abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
