/** The source of time; whatever waits or measures takes it as an argument. */
export interface Clock {
  /** Monotonic milliseconds; only differences are meaningful. */
  now(): number;
  /** Wall clock, milliseconds since 1970: for output, never for durations. */
  wall(): number;
  /** Calls back once after `ms` milliseconds; the returned function cancels it. Does not keep the process alive. */
  after(ms: number, callback: () => void): () => void;
}

/** The system's clock. It moves in steps of 1/64 ms, which a recording writes in few digits and reads back exactly. */
export const systemClock: Clock = {
  now: () => Math.floor(performance.now() * 64) / 64,
  wall: () => Date.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

/** Waits `ms`; returns early, without an error, once `signal` is aborted. */
export function sleep(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = (): void => {
      cancel();
      signal.removeEventListener("abort", done);
      resolve();
    };
    const cancel = clock.after(ms, done);
    signal.addEventListener("abort", done, { once: true });
  });
}
