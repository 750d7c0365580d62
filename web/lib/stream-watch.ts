import type { FeedClock } from "./live-feed.ts";

/**
 * A stream tells something about once a second. A network that swallows packets closes no socket for half a minute, so a
 * silent stream is asked after: silence and answer together take at most two seconds.
 */
const WATCH_EVERY_MS = 200;
const SILENCE_MS = 1_200;
const ALIVE_TIMEOUT_MS = 800;
/** The timers themselves stood still: this machine slept, or the tab was frozen. */
const ASLEEP_MS = 5_000;
/** haprobe answers and the stream stays silent: it may be dead without knowing it, so it is opened anew. */
const STREAM_SILENCE_MS = 15_000;

/** What the watch may ask, and whom it tells. */
export interface WatchActions {
  /** Resolves if haprobe answers at all. */
  readonly alive: (signal: AbortSignal) => Promise<void>;
  readonly lose: (why: string) => void;
  readonly reopen: () => void;
}

/** Notices that nothing comes any more, long before the socket does. */
export class StreamWatch {
  readonly #clock: FeedClock;
  readonly #actions: WatchActions;
  #heardAt: number;
  #streamAt: number;
  #cancel: () => void = () => {};
  #asking: AbortController | null = null;

  constructor(clock: FeedClock, actions: WatchActions) {
    this.#clock = clock;
    this.#actions = actions;
    this.#heardAt = clock.wall();
    this.#streamAt = this.#heardAt;
  }

  /** When haprobe was heard last, over the stream or by an answer. */
  get heardAt(): number {
    return this.#heardAt;
  }

  /** The stream told something. */
  heard(): void {
    this.#heardAt = this.#clock.wall();
    this.#streamAt = this.#heardAt;
  }

  start(): void {
    this.#cancel();
    this.#cancel = this.#clock.after(WATCH_EVERY_MS, () => {
      this.start();
      this.#look();
    });
  }

  stop(): void {
    this.#cancel();
    this.#asking?.abort();
    this.#asking = null;
  }

  #look(): void {
    const now = this.#clock.wall();
    if (this.#asking !== null || now - this.#heardAt < SILENCE_MS) return;
    // What is shown is that old, and must not look alive until something was heard.
    if (now - this.#heardAt >= ASLEEP_MS) return this.#actions.lose("nothing was heard for a while");
    if (now - this.#streamAt < STREAM_SILENCE_MS) return this.#ask();
    this.#streamAt = now;
    this.#actions.reopen();
  }

  #ask(): void {
    const asking = new AbortController();
    this.#asking = asking;
    const isOurs = (): boolean => this.#asking === asking;
    const cancelTimeout = this.#clock.after(ALIVE_TIMEOUT_MS, () => {
      if (isOurs()) this.#actions.lose("no answer for 2 s");
    });
    this.#actions
      .alive(asking.signal)
      .then(
        () => {
          if (isOurs()) this.#heardAt = this.#clock.wall();
        },
        (error: unknown) => {
          if (isOurs()) this.#actions.lose(error instanceof Error ? error.message : String(error));
        },
      )
      .finally(() => {
        cancelTimeout();
        if (isOurs()) this.#asking = null;
      });
  }
}
