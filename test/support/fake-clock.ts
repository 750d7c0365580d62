import type { Clock } from "../../server/clock.ts";

/** A clock that only `advance` moves; timers fire in order, each at its own time. */
export class FakeClock implements Clock {
  #now: number;
  readonly #wallAtZero: number;
  #next = 0;
  readonly #timers = new Map<number, { at: number; callback: () => void }>();

  constructor(now = 0, wallAtZero = Date.UTC(2026, 10, 22, 10, 0, 0)) {
    this.#now = now;
    this.#wallAtZero = wallAtZero;
  }

  now(): number {
    return this.#now;
  }

  wall(): number {
    return this.#wallAtZero + this.#now;
  }

  after(ms: number, callback: () => void): () => void {
    const id = this.#next++;
    this.#timers.set(id, { at: this.#now + Math.max(0, ms), callback });
    return () => this.#timers.delete(id);
  }

  /** Lets the work of a callback take `ms`; nothing fires meanwhile. */
  spend(ms: number): void {
    this.#now += ms;
  }

  /** Timers that wait: zero once everything was stopped. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Lets `ms` pass, firing what is due; promises settle between two timers. */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms;
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      let due: [number, { at: number; callback: () => void }] | undefined;
      for (const entry of this.#timers) if (entry[1].at <= until && (!due || entry[1].at < due[1].at)) due = entry;
      if (!due) break;
      this.#timers.delete(due[0]);
      this.#now = Math.max(this.#now, due[1].at);
      due[1].callback();
    }
    this.#now = Math.max(this.#now, until);
  }
}
