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

const OFFSET_READINGS_MAX = 5;
/** Readings of both clocks that took this long give the offset well enough. */
const OFFSET_READING_MS = 5;

/** Milliseconds from monotonic to wall time. A pause of this process between the readings of the two clocks would pass for a clock that was set: they are read again. */
export function measureWallOffset(clock: Clock): number {
  let best = { tookMs: Number.POSITIVE_INFINITY, offset: 0 };
  for (let reading = 0; reading < OFFSET_READINGS_MAX && best.tookMs > OFFSET_READING_MS; reading += 1) {
    const before = clock.now();
    const wall = clock.wall();
    const tookMs = clock.now() - before;
    if (tookMs < best.tookMs) best = { tookMs, offset: wall - before };
  }
  return best.offset;
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
