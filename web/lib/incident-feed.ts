import type { Incident } from "../../server/contract/incident.ts";
import type { FeedClock } from "./feed-clock.ts";

const REFRESH_MIN_MS = 500;
/** The list is loaded again after this time where an incident may change without a server, and after an error. */
const RELOAD_MS = 5_000;

/** Keeps the recent incidents, newest first: loaded on request, while one is unsettled and after an error, one request at a time. */
export class IncidentFeed {
  readonly #load: (signal: AbortSignal) => Promise<readonly Incident[]>;
  readonly #clock: FeedClock;
  readonly #isUnsettled: (incident: Incident) => boolean;
  readonly #listeners = new Set<() => void>();
  #incidents: readonly Incident[] = [];
  #abort: AbortController | null = null;
  #isRequested = false;
  #cancelTimer: () => void = () => {};
  #timerAt = Number.POSITIVE_INFINITY;
  #requestedAt = Number.NEGATIVE_INFINITY;
  readonly #first = Promise.withResolvers<void>();

  /** `isUnsettled` is true for an incident that may change without a change of a server. */
  constructor(
    load: (signal: AbortSignal) => Promise<readonly Incident[]>,
    clock: FeedClock,
    isUnsettled: (incident: Incident) => boolean = isHealing,
  ) {
    this.#load = load;
    this.#clock = clock;
    this.#isUnsettled = isUnsettled;
  }

  get incidents(): readonly Incident[] {
    return this.#incidents;
  }

  /** Resolves once the list was asked for, whether or not it came. */
  get firstAnswer(): Promise<void> {
    return this.#first.promise;
  }

  /** Calls `listener` after each change; the returned function unsubscribes. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Loads the list now, or half a second after the last request began: a mismatch that heals at once keeps its card. */
  refresh(): void {
    if (this.#abort === null) this.#scheduleRefresh();
    else this.#isRequested = true;
  }

  /** Aborts the request and clears the timer. */
  stop(): void {
    this.#first.resolve();
    this.#abort?.abort();
    this.#abort = null;
    this.#cancelTimer();
    this.#timerAt = Number.POSITIVE_INFINITY;
  }

  #scheduleRefresh(): void {
    const left = this.#requestedAt + REFRESH_MIN_MS - this.#clock.wall();
    this.#schedule(Math.max(0, Math.min(left, REFRESH_MIN_MS)));
  }

  #schedule(delayMs: number): void {
    const at = this.#clock.wall() + delayMs;
    if (at >= this.#timerAt) return;
    this.#cancelTimer();
    this.#timerAt = at;
    this.#cancelTimer = this.#clock.after(delayMs, () => {
      this.#timerAt = Number.POSITIVE_INFINITY;
      void this.#loadNow();
    });
  }

  async #loadNow(): Promise<void> {
    const abort = new AbortController();
    this.#abort = abort;
    this.#isRequested = false;
    this.#requestedAt = this.#clock.wall();
    let isLoaded = false;
    try {
      const incidents = await this.#load(abort.signal);
      if (this.#abort !== abort) return;
      this.#incidents = incidents;
      isLoaded = true;
      for (const listener of [...this.#listeners]) listener();
    } catch {
      // The list stays as it was and is loaded again.
    }
    this.#first.resolve();
    if (this.#abort !== abort) return;
    this.#abort = null;
    if (this.#isRequested) this.#scheduleRefresh();
    else if (!isLoaded || this.#incidents.some(this.#isUnsettled)) this.#schedule(RELOAD_MS);
  }
}

/** True for an incident that ends unless it goes on. */
export function isHealing({ state }: Incident): boolean {
  return state === "healing";
}
