import type { Clock } from "../../../server/clock.ts";
import type { Rank, VirtualTime } from "./virtual-time.ts";

const WALL_AT_ZERO = Date.UTC(2026, 10, 22, 10, 0, 0);

/** The process that haprobe runs in: its clock, its sockets, and its standing still. */
export class SimulatedProcess implements Clock {
  readonly #time: VirtualTime;
  #pausedUntil = 0;

  constructor(time: VirtualTime) {
    this.#time = time;
  }

  now(): number {
    return this.#time.now();
  }

  wall(): number {
    return WALL_AT_ZERO + this.#time.now();
  }

  after(ms: number, callback: () => void): () => void {
    return this.#call(this.now() + Math.max(0, ms), callback, "timer");
  }

  /** Something reaches one of our sockets at `at`; we notice it then, or when we are back. */
  onArrival(at: number, callback: () => void): () => void {
    return this.#call(at, callback, "arrival");
  }

  /** From now on nothing of ours runs for `ms`, as after SIGSTOP. */
  pause(ms: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, this.now() + ms);
  }

  #call(at: number, callback: () => void, rank: Rank): () => void {
    let cancelled = false;
    const due = (): void => {
      if (cancelled) return;
      if (this.now() < this.#pausedUntil) this.#time.at(this.#pausedUntil, due, rank);
      else callback();
    };
    this.#time.at(at, due, rank);
    return () => {
      cancelled = true;
    };
  }
}
