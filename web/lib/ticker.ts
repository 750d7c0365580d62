/** Time passed to the listeners. */
export interface TickTime {
  /** haprobe's clock; stops while disconnected, and is the past moment while the page shows one. */
  readonly now: number;
  /** Right edge of the time axis, haprobe's clock. */
  readonly axisEnd: number;
  /** The browser's clock. */
  readonly wall: number;
  readonly isLive: boolean;
}

const EVERY_MS = 200;

/** One timer for everything that ticks: it updates texts and strips without rendering React. */
export class Ticker {
  readonly #time: () => TickTime;
  readonly #listeners = new Set<(time: TickTime) => void>();
  #timer: ReturnType<typeof setInterval> | null = null;

  constructor(time: () => TickTime) {
    this.#time = time;
  }

  start(): void {
    this.#timer ??= setInterval(() => this.tick(), EVERY_MS);
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  /** Calls `listener` at once and on each tick; the returned function unregisters it. */
  register(listener: (time: TickTime) => void): () => void {
    this.#listeners.add(listener);
    listener(this.#time());
    return () => this.#listeners.delete(listener);
  }

  tick(): void {
    const time = this.#time();
    for (const listener of this.#listeners) listener(time);
  }
}
