import type { ServerHistory } from "../../server/contract/history.ts";
import type { FeedClock } from "./feed-clock.ts";
import { mergeLanes } from "./merge-lanes.ts";
import { type StripRun, stripState, type StripState, stripWords } from "./strip-history.ts";
import type { StripRange } from "./strip-range.ts";

/** What was recorded of a server, up to `until` (haprobe's clock). */
export interface RecordedStrip {
  readonly runs: readonly StripRun[];
  /** When its HAProxy was reloaded, milliseconds since 1970. */
  readonly reloads: readonly number[];
  readonly until: number;
}

/** Fetches the history of a server between two times of haprobe's clock. */
export type FetchHistory = (key: string, from: number, to: number, signal: AbortSignal) => Promise<ServerHistory>;

const REQUESTS_MAX = 4;
/** After a failed request the strip is loaded again after this time, if it is still visible. */
const RETRY_AFTER_MS = 10_000;
const STRIPS_KEPT_MAX = 2_000;
/** The store is written this much later than a change is published. */
const STORE_LAG_MS = 5_000;

/** State of a time of which nothing was recorded. */
const NOT_RECORDED: StripState = { haproxy: "absent", probe: "absent", verdict: "unknown", expected: false };

/** Loads the strips that are visible, few at a time, and keeps them while the range stays the same. */
export class RecordedStrips {
  readonly #fetch: FetchHistory;
  readonly #clock: FeedClock;
  readonly #now: () => number;
  readonly #changedAt: (key: string) => number;
  readonly #strips = new Map<string, RecordedStrip>();
  /** Visible strips that are not loaded, the last one first in turn. */
  readonly #wanted = new Set<string>();
  readonly #visible = new Map<string, number>();
  readonly #loading = new Map<string, AbortController>();
  #range: StripRange;

  /** `now` is haprobe's clock; `changedAt` is when the verdict of a server changed last, as far as the page knows. */
  constructor(
    range: StripRange,
    fetch: FetchHistory,
    clock: FeedClock,
    now: () => number,
    changedAt: (key: string) => number,
  ) {
    this.#range = range;
    this.#fetch = fetch;
    this.#clock = clock;
    this.#now = now;
    this.#changedAt = changedAt;
  }

  get range(): StripRange {
    return this.#range;
  }

  /** The strip of a server as it was loaded; null before. */
  strip(key: string): RecordedStrip | null {
    return this.#strips.get(key) ?? null;
  }

  /** Shows another range: all strips are loaded anew. */
  setRange(range: StripRange): void {
    if (range.id === this.#range.id) return;
    this.#range = range;
    this.reload();
  }

  /** Loads every visible strip again; the others when they become visible. */
  reload(): void {
    this.stop();
    this.#strips.clear();
    for (const key of this.#visible.keys()) this.#want(key);
  }

  /** Loads the strip of one server again. */
  forget(key: string): void {
    if (this.#strips.delete(key) && this.#visible.has(key)) this.#want(key);
  }

  /** A strip of this server became visible; the returned function says that it is no longer. */
  show(key: string): () => void {
    this.#visible.set(key, (this.#visible.get(key) ?? 0) + 1);
    if (!this.#strips.has(key)) this.#want(key);
    return () => {
      const others = (this.#visible.get(key) ?? 1) - 1;
      if (others > 0) return void this.#visible.set(key, others);
      this.#visible.delete(key);
      this.#wanted.delete(key);
    };
  }

  /** Aborts the requests. */
  stop(): void {
    for (const request of this.#loading.values()) request.abort();
    this.#loading.clear();
    this.#wanted.clear();
  }

  #want(key: string): void {
    if (this.#loading.has(key)) return;
    this.#wanted.add(key);
    this.#loadNext();
  }

  #loadNext(): void {
    while (this.#loading.size < REQUESTS_MAX) {
      const key = [...this.#wanted].at(-1);
      if (key === undefined) return;
      this.#wanted.delete(key);
      void this.#load(key);
    }
  }

  async #load(key: string): Promise<void> {
    const request = new AbortController();
    this.#loading.set(key, request);
    const to = this.#now();
    const isFirst = !this.#strips.has(key);
    try {
      const { intervals, reloads } = await this.#fetch(key, to - this.#range.ms, to, request.signal);
      const runs = mergeLanes(intervals).map(toRun);
      if (!request.signal.aborted) {
        const strip = { runs, reloads: reloads.map(Date.parse), until: to };
        this.#keep(key, strip);
        // What came before that change was perhaps not written yet, and the page has not seen it.
        if (isFirst && Math.abs(this.#changedAt(key) - to) < STORE_LAG_MS) this.#loadAgain(key, strip);
      }
    } catch {
      if (!request.signal.aborted) {
        this.#clock.after(RETRY_AFTER_MS, () => {
          if (this.#visible.has(key) && !this.#strips.has(key)) this.#want(key);
        });
      }
    }
    if (this.#loading.get(key) !== request) return;
    this.#loading.delete(key);
    this.#loadNext();
  }

  /** Loads a strip once more when the store has been written; the one that is shown stays until then. */
  #loadAgain(key: string, strip: RecordedStrip): void {
    this.#clock.after(STORE_LAG_MS, () => {
      if (this.#visible.has(key) && this.#strips.get(key) === strip) this.#want(key);
    });
  }

  #keep(key: string, strip: RecordedStrip): void {
    this.#strips.set(key, strip);
    for (const oldest of this.#strips.keys()) {
      if (this.#strips.size <= STRIPS_KEPT_MAX) return;
      if (!this.#visible.has(oldest)) this.#strips.delete(oldest);
    }
  }
}

/** The state of both lanes in one recorded interval. */
export function toRun(interval: ServerHistory["intervals"][number]): StripRun {
  const { from, haproxy, probe, expected } = interval;
  const at = Date.parse(from);
  if (haproxy === null || probe === null) return { at, ...NOT_RECORDED };
  const source = { ...interval, haproxy, probe, expected: expected ? "" : null };
  return { at, ...stripState(source), words: stripWords(source) };
}

/**
 * What is known of a server: what was recorded, then what this page has seen; where nothing was recorded that alone. Null
 * where changes are missing in between, since the page keeps only its newest ones.
 */
export function joinRuns(
  recorded: Pick<RecordedStrip, "runs" | "until"> | null,
  seen: readonly StripRun[],
): readonly StripRun[] | null {
  const first = seen[0];
  if (recorded === null || first === undefined) return seen;
  if (recorded.runs.every(({ haproxy }) => haproxy === "absent")) return seen;
  if (first.at > recorded.until) return null;
  const cut = Math.max(first.at, recorded.until - STORE_LAG_MS);
  const place = seen.findLastIndex(({ at }) => at <= cut);
  const later = seen.slice(Math.max(0, place)).map((run) => (run.at < cut ? { ...run, at: cut } : run));
  return [...recorded.runs.filter(({ at }) => at < cut), ...later];
}
