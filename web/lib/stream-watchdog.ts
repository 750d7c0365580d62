import type { FeedClock } from "./live-feed.ts";

/**
 * A stream tells something about once a second. A network that swallows packets closes no socket for half a minute, so a
 * silent stream is asked after: silence and answer together take at most two seconds.
 */
const CHECK_EVERY_MS = 200;
const PING_AFTER_MS = 1_200;
const LIVEZ_TIMEOUT_MS = 800;
/** The timers themselves stood still: this machine slept, or the tab was frozen. */
const SUSPENDED_AFTER_MS = 5_000;
/** haprobe answers and the stream stays silent: it may be dead without knowing it, so it is opened anew. */
const REOPEN_AFTER_MS = 15_000;

/** What the watch may ask, and whom it tells. */
export interface WatchdogActions {
  /** Resolves if haprobe answers at all. */
  readonly ping: (signal: AbortSignal) => Promise<void>;
  readonly disconnect: (why: string) => void;
  readonly reopen: () => void;
}

/** Notices that nothing comes any more, long before the socket does. */
export class StreamWatchdog {
  readonly #clock: FeedClock;
  readonly #actions: WatchdogActions;
  #lastContactAt: number;
  #lastMessageAt: number;
  #cancel: () => void = () => {};
  #pendingPing: AbortController | null = null;

  constructor(clock: FeedClock, actions: WatchdogActions) {
    this.#clock = clock;
    this.#actions = actions;
    this.#lastContactAt = clock.wall();
    this.#lastMessageAt = this.#lastContactAt;
  }

  /** When haprobe was heard last, over the stream or by an answer. */
  get lastContactAt(): number {
    return this.#lastContactAt;
  }

  /** The stream told something. */
  recordMessage(): void {
    this.#lastContactAt = this.#clock.wall();
    this.#lastMessageAt = this.#lastContactAt;
  }

  start(): void {
    this.#cancel();
    this.#cancel = this.#clock.after(CHECK_EVERY_MS, () => {
      this.start();
      this.#checkSilence();
    });
  }

  stop(): void {
    this.#cancel();
    this.#pendingPing?.abort();
    this.#pendingPing = null;
  }

  #checkSilence(): void {
    const now = this.#clock.wall();
    if (this.#pendingPing !== null || now - this.#lastContactAt < PING_AFTER_MS) return;
    // What is shown is that old, and must not look alive until something was heard.
    if (now - this.#lastContactAt >= SUSPENDED_AFTER_MS)
      return this.#actions.disconnect("nothing was heard for a while");
    if (now - this.#lastMessageAt < REOPEN_AFTER_MS) return this.#ping();
    this.#lastMessageAt = now;
    this.#actions.reopen();
  }

  #ping(): void {
    const asking = new AbortController();
    this.#pendingPing = asking;
    const isOurs = (): boolean => this.#pendingPing === asking;
    const cancelTimeout = this.#clock.after(LIVEZ_TIMEOUT_MS, () => {
      if (isOurs()) this.#actions.disconnect("no answer for 2 s");
    });
    this.#actions
      .ping(asking.signal)
      .then(
        () => {
          if (isOurs()) this.#lastContactAt = this.#clock.wall();
        },
        (error: unknown) => {
          if (isOurs()) this.#actions.disconnect(error instanceof Error ? error.message : String(error));
        },
      )
      .finally(() => {
        cancelTimeout();
        if (isOurs()) this.#pendingPing = null;
      });
  }
}
