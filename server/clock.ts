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

/** Runs a generator to its end and returns its result; lets the event loop run at a yield after `sliceMs` milliseconds. */
export async function runInSlices<T>(clock: Clock, sliceMs: number, steps: Iterator<void, T, void>): Promise<T> {
  for (let sliceEnd = clock.now() + sliceMs; ; ) {
    const step = steps.next();
    if (step.done === true) return step.value;
    if (clock.now() < sliceEnd) continue;
    await new Promise<void>((resolve) => setImmediate(resolve));
    sliceEnd = clock.now() + sliceMs;
  }
}

/** Calls `take` for each item; lets the event loop run after `sliceMs` milliseconds. */
export function forEachInSlices<T>(
  clock: Clock,
  sliceMs: number,
  items: Iterable<T>,
  take: (item: T) => void,
): Promise<void> {
  function* takeEach(): Generator<void, void, void> {
    for (const item of items) {
      take(item);
      yield;
    }
  }
  return runInSlices(clock, sliceMs, takeEach());
}

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
