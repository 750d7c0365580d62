import { CONTRACT_VERSION } from "../../server/contract/status.ts";
import type { DeltaMessage, SnapshotMessage, StreamMessage, StreamPosition } from "../../server/contract/status.ts";
import { type Fleet, fleetFromSnapshot, updateFleet } from "./fleet.ts";
import { StreamWatchdog } from "./stream-watchdog.ts";

/** What a stream tells. */
export interface StreamHandlers {
  readonly onConnected: () => void;
  readonly onHello: (position: StreamPosition) => void;
  readonly onDelta: (delta: DeltaMessage) => void;
  /** The way is gone; comes once, and nothing after it. */
  readonly onClosed: (why: string) => void;
}

/** The way to haprobe. Each `open` is one attempt; the returned function ends it and then it stays silent. */
export interface FeedTransport {
  openStream(events: StreamHandlers): () => void;
  fetchSnapshot(signal: AbortSignal): Promise<SnapshotMessage>;
  /** Resolves if haprobe answers at all; asked only while the stream is silent. */
  ping(signal: AbortSignal): Promise<void>;
}

/** Wall clock and timers, by argument. */
export interface FeedClock {
  wall(): number;
  after(ms: number, callback: () => void): () => void;
}

/** What the page knows about its own eyes. Times are the browser's, milliseconds since 1970. */
export type FeedState =
  | { readonly kind: "connecting"; readonly fleet: null }
  | { readonly kind: "live"; readonly fleet: Fleet }
  | {
      readonly kind: "lost";
      /** The last that was known; null when nothing ever was. */
      readonly fleet: Fleet | null;
      readonly since: number;
      readonly retryAt: number;
      readonly cause: string;
    }
  /** haprobe speaks a newer version than this page: only loading the page again helps. */
  | { readonly kind: "outdated"; readonly fleet: Fleet | null };

const RETRY_DELAYS_MS = [1_000, 2_000, 3_000, 5_000] as const;
/** Deltas that may wait for a snapshot: at ten a second more than a minute. */
const BUFFERED_DELTAS_MAX = 1_000;
const SNAPSHOT_TIMEOUT_MS = 15_000;
const CONNECT_TIMEOUT_MS = 5_000;

/** Keeps a copy of the published state: buffers deltas, gets the snapshot, applies what is newer, starts over after a gap. */
export class LiveFeed {
  #state: FeedState = { kind: "connecting", fleet: null };
  readonly #watchdog: StreamWatchdog;
  readonly #transport: FeedTransport;
  readonly #clock: FeedClock;
  readonly #onMessage: (message: StreamMessage) => void;
  readonly #listeners = new Set<(state: FeedState) => void>();
  #buffer: DeltaMessage[] | null = null;
  #failedAttempts = 0;
  #closeStream: () => void = () => {};
  #cancelRetry: () => void = () => {};
  #loading: AbortController | null = null;

  /** `tap` sees each message that became part of the state, before the listeners do. */
  constructor(wire: FeedTransport, clock: FeedClock, tap: (message: StreamMessage) => void = () => {}) {
    this.#transport = wire;
    this.#clock = clock;
    this.#onMessage = tap;
    this.#watchdog = new StreamWatchdog(clock, {
      ping: (signal) => wire.ping(signal),
      disconnect: (why) => this.#lose(why),
      reopen: () => this.#connect(),
    });
  }

  get state(): FeedState {
    return this.#state;
  }

  /** When haprobe was heard last, by the browser's clock: a lost page stands still there. */
  get lastMessageAt(): number {
    return this.#watchdog.lastContactAt;
  }

  /** Calls back after each change; the returned function ends it. */
  subscribe(listener: (state: FeedState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  start(): void {
    this.#connect();
  }

  /** Ends everything: the stream, the request, the timer. */
  stop(): void {
    this.#teardown();
    this.#listeners.clear();
  }

  /** Does not wait for the next attempt. */
  retryNow(): void {
    if (this.#state.kind === "lost") this.#connect();
  }

  /** The browser says that it is offline, which it knows long before a socket does. */
  markOffline(): void {
    this.#lose("this machine is offline");
  }

  #connect(): void {
    this.#teardown();
    const cancelTimeout = this.#clock.after(CONNECT_TIMEOUT_MS, () => this.#lose("no answer"));
    const close = this.#transport.openStream({
      onConnected: () => {
        cancelTimeout();
        this.#loadSnapshot();
      },
      onHello: (position) => this.#onHello(position),
      onDelta: (delta) => this.#onDelta(delta),
      onClosed: (why) => this.#lose(why),
    });
    this.#closeStream = () => {
      cancelTimeout();
      close();
    };
  }

  #teardown(): void {
    this.#cancelRetry();
    this.#watchdog.stop();
    this.#closeStream();
    this.#closeStream = () => {};
    this.#loading?.abort();
    this.#loading = null;
    this.#buffer = null;
  }

  #lose(why: string): void {
    if (this.#state.kind === "outdated") return;
    this.#teardown();
    const wait = RETRY_DELAYS_MS[Math.min(this.#failedAttempts, RETRY_DELAYS_MS.length - 1)] ?? 5_000;
    this.#failedAttempts += 1;
    const since = this.#state.kind === "lost" ? this.#state.since : this.lastMessageAt;
    this.#cancelRetry = this.#clock.after(wait, () => this.#connect());
    this.#setState({ kind: "lost", fleet: this.#state.fleet, since, retryAt: this.#clock.wall() + wait, cause: why });
  }

  #loadSnapshot(waiting: DeltaMessage[] = []): void {
    this.#loading?.abort();
    const loading = new AbortController();
    this.#loading = loading;
    this.#buffer = waiting;
    const cancelTimeout = this.#clock.after(SNAPSHOT_TIMEOUT_MS, () => {
      if (this.#loading === loading) this.#lose("the list of servers did not come within 15 s");
    });
    this.#transport
      .fetchSnapshot(loading.signal)
      .then(
        (snapshot) => {
          if (this.#loading === loading) this.#onSnapshot(snapshot);
        },
        (error: unknown) => {
          if (this.#loading === loading) this.#lose(error instanceof Error ? error.message : String(error));
        },
      )
      .finally(cancelTimeout);
  }

  #onSnapshot(snapshot: SnapshotMessage): void {
    this.#loading = null;
    const waiting = this.#buffer ?? [];
    this.#buffer = null;
    if (!this.#acceptVersion(snapshot.version)) return;
    let fleet = fleetFromSnapshot(snapshot, this.#state.fleet);
    this.#onMessage(snapshot);
    for (const delta of waiting) {
      const next = updateFleet(fleet, delta);
      if (next === "gap") return this.#lose("a message is missing");
      if (next === "old") continue;
      fleet = next;
      this.#onMessage(delta);
    }
    this.#failedAttempts = 0;
    this.#watchdog.recordMessage();
    this.#watchdog.start();
    this.#setState({ kind: "live", fleet });
  }

  #onHello(position: StreamPosition): void {
    if (!this.#acceptVersion(position.version)) return;
    this.#watchdog.recordMessage();
    if (this.#state.kind === "live" && this.#buffer === null && position.epoch !== this.#state.fleet.position.epoch) {
      this.#loadSnapshot();
    }
  }

  #onDelta(delta: DeltaMessage): void {
    if (!this.#acceptVersion(delta.version)) return;
    this.#watchdog.recordMessage();
    if (this.#buffer !== null) {
      this.#buffer.push(delta);
      if (this.#buffer.length > BUFFERED_DELTAS_MAX)
        this.#lose("too much changed while the list of servers was loading");
      return;
    }
    if (this.#state.kind !== "live") return;
    const next = updateFleet(this.#state.fleet, delta);
    if (next === "old") return;
    if (next === "gap") return this.#loadSnapshot([delta]);
    this.#onMessage(delta);
    this.#setState({ kind: "live", fleet: next });
  }

  #acceptVersion(version: number): boolean {
    if (version === CONTRACT_VERSION) return true;
    this.#teardown();
    this.#setState({ kind: "outdated", fleet: this.#state.fleet });
    return false;
  }

  #setState(state: FeedState): void {
    this.#state = state;
    for (const listener of [...this.#listeners]) listener(state);
  }
}
