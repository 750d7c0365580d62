/** The moment that texts are written for. */
export interface TickTime {
  /** haprobe's clock; stands still while the page is lost. */
  readonly now: number;
  /** The browser's clock, which never stands still. */
  readonly wall: number;
  readonly isLive: boolean;
}

const EVERY_MS = 200;

/** One timer for the page: calls everybody who registered, so that React need not render for a second that passed. */
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

  /** Calls at once and then with each tick; the returned function ends it. */
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
