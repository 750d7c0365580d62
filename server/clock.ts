/** Time as the program sees it: everything that waits or measures takes one by argument. */
export interface Clock {
  /** Monotonic milliseconds; only differences mean something. */
  now(): number;
  /** Wall clock, milliseconds since 1970: for what people and other machines read, never for durations. */
  wall(): number;
  /** Calls back once after `ms`; the returned function cancels it. Does not keep the process alive. */
  after(ms: number, callback: () => void): () => void;
}

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

/** Does something with each item, and gives the event loop back whenever that has taken `sliceMs`. */
export async function forEachInSlices<T>(
  clock: Clock,
  sliceMs: number,
  items: Iterable<T>,
  take: (item: T) => void,
): Promise<void> {
  let sliceEnd = clock.now() + sliceMs;
  for (const item of items) {
    take(item);
    if (clock.now() < sliceEnd) continue;
    await new Promise<void>((resolve) => setImmediate(resolve));
    sliceEnd = clock.now() + sliceMs;
  }
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
