import type { FeedClock } from "./feed-clock.ts";

/**
 * A stream carries a message about once a second. A network that drops packets closes no socket for half a minute, so the
 * watchdog pings haprobe while the stream is silent; it detects a lost connection within two seconds.
 */
const CHECK_EVERY_MS = 200;
const PING_AFTER_MS = 1_200;
const LIVEZ_TIMEOUT_MS = 800;
/** Such a gap means that timers did not run: the machine was suspended or the tab frozen. */
const SUSPENDED_AFTER_MS = 5_000;
/** A stream silent for this long is reopened although haprobe responds to pings. */
const REOPEN_AFTER_MS = 15_000;

/** Actions of the watchdog. */
export interface WatchdogActions {
  /** Resolves if haprobe responds. */
  readonly ping: (signal: AbortSignal) => Promise<void>;
  readonly disconnect: (why: string) => void;
  /** Timers did not run for a while: what is shown is old, and the connection may be dead. */
  readonly resume: () => void;
  readonly reopen: () => void;
}

/** Detects a dead stream before the socket does. */
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

  /** Time of the last message or ping response. */
  get lastContactAt(): number {
    return this.#lastContactAt;
  }

  /** Records that the stream carried a message. */
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
    if (now - this.#lastContactAt >= SUSPENDED_AFTER_MS) return this.#actions.resume();
    if (now - this.#lastMessageAt < REOPEN_AFTER_MS) return this.#ping();
    this.#lastMessageAt = now;
    this.#actions.reopen();
  }

  #ping(): void {
    const ping = new AbortController();
    this.#pendingPing = ping;
    const isCurrent = (): boolean => this.#pendingPing === ping;
    const cancelTimeout = this.#clock.after(LIVEZ_TIMEOUT_MS, () => {
      if (isCurrent()) this.#actions.disconnect("no response for 2 s");
    });
    this.#actions
      .ping(ping.signal)
      .then(
        () => {
          if (isCurrent()) this.#lastContactAt = this.#clock.wall();
        },
        (error: unknown) => {
          if (isCurrent()) this.#actions.disconnect(error instanceof Error ? error.message : String(error));
        },
      )
      .finally(() => {
        cancelTimeout();
        if (isCurrent()) this.#pendingPing = null;
      });
  }
}
