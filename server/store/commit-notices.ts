import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";

/** Notifies other processes of commits, at most once in `hubNotifyEveryMs`: a NOTIFY in each transaction would serialise them. */
export class CommitNotices {
  readonly #notify: (vantage: string, seq: number) => Promise<void>;
  readonly #clock: Clock;
  #sentAt = Number.NEGATIVE_INFINITY;
  #waiting: { readonly vantage: string; readonly seq: number } | null = null;
  #cancel: (() => void) | null = null;

  constructor(notify: (vantage: string, seq: number) => Promise<void>, clock: Clock) {
    this.#notify = notify;
    this.#clock = clock;
  }

  /** The newest commit stands for those before it, since a hub reads what is new of all vantages. */
  add(vantage: string, seq: number): void {
    this.#waiting = { vantage, seq };
    const inMs = this.#sentAt + BOUNDS.hubNotifyEveryMs - this.#clock.now();
    this.#cancel ??= this.#clock.after(Math.max(0, inMs), () => this.#send());
  }

  stop(): void {
    this.#cancel?.();
  }

  #send(): void {
    this.#cancel = null;
    this.#sentAt = this.#clock.now();
    const moved = this.#waiting;
    this.#waiting = null;
    // Hubs poll as well.
    if (moved !== null) this.#notify(moved.vantage, moved.seq).catch(() => {});
  }
}
