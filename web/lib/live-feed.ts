import { CONTRACT_VERSION } from "../../server/contract/status.ts";
import type { DeltaMessage, SnapshotMessage, StreamMessage, StreamPosition } from "../../server/contract/status.ts";
import { applyDelta, type Fleet, fromSnapshot } from "./fleet.ts";
import { StreamWatch } from "./stream-watch.ts";

/** What a stream tells. */
export interface StreamEvents {
  readonly connected: () => void;
  readonly hello: (position: StreamPosition) => void;
  readonly delta: (delta: DeltaMessage) => void;
  /** The way is gone; comes once, and nothing after it. */
  readonly closed: (why: string) => void;
}

/** The way to haprobe. Each `open` is one attempt; the returned function ends it and then it stays silent. */
export interface Wire {
  open(events: StreamEvents): () => void;
  snapshot(signal: AbortSignal): Promise<SnapshotMessage>;
  /** Resolves if haprobe answers at all; asked only while the stream is silent. */
  alive(signal: AbortSignal): Promise<void>;
}

/** Wall clock and timers, by argument. */
export interface FeedClock {
  wall(): number;
  after(ms: number, callback: () => void): () => void;
}

/** What the page knows about its own eyes. Times are the browser's, milliseconds since 1970. */
export type LiveState =
  | { readonly kind: "connecting"; readonly fleet: null }
  | { readonly kind: "live"; readonly fleet: Fleet }
  | {
      readonly kind: "lost";
      /** The last that was known; null when nothing ever was. */
      readonly fleet: Fleet | null;
      readonly since: number;
      readonly retryAt: number;
      readonly why: string;
    }
  /** haprobe speaks a newer version than this page: only loading the page again helps. */
  | { readonly kind: "outdated"; readonly fleet: Fleet | null };

const RETRY_MS = [1_000, 2_000, 3_000, 5_000] as const;
/** Deltas that may wait for a snapshot: at ten a second more than a minute. */
const BUFFER_MAX = 1_000;
const SNAPSHOT_TIMEOUT_MS = 15_000;
const CONNECT_TIMEOUT_MS = 5_000;

/** Keeps a copy of the published state: buffers deltas, gets the snapshot, applies what is newer, starts over after a gap. */
export class LiveFeed {
  #state: LiveState = { kind: "connecting", fleet: null };
  readonly #watch: StreamWatch;
  readonly #wire: Wire;
  readonly #clock: FeedClock;
  readonly #tap: (message: StreamMessage) => void;
  readonly #listeners = new Set<(state: LiveState) => void>();
  #buffer: DeltaMessage[] | null = null;
  #attempt = 0;
  #endAttempt: () => void = () => {};
  #cancelRetry: () => void = () => {};
  #loading: AbortController | null = null;

  /** `tap` sees each message that became part of the state, before the listeners do. */
  constructor(wire: Wire, clock: FeedClock, tap: (message: StreamMessage) => void = () => {}) {
    this.#wire = wire;
    this.#clock = clock;
    this.#tap = tap;
    this.#watch = new StreamWatch(clock, {
      alive: (signal) => wire.alive(signal),
      lose: (why) => this.#lose(why),
      reopen: () => this.#connect(),
    });
  }

  get state(): LiveState {
    return this.#state;
  }

  /** When haprobe was heard last, by the browser's clock: a lost page stands still there. */
  get lastMessageAt(): number {
    return this.#watch.heardAt;
  }

  /** Calls back after each change; the returned function ends it. */
  subscribe(listener: (state: LiveState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  start(): void {
    this.#connect();
  }

  /** Ends everything: the stream, the request, the timer. */
  stop(): void {
    this.#drop();
    this.#listeners.clear();
  }

  /** Does not wait for the next attempt. */
  retryNow(): void {
    if (this.#state.kind === "lost") this.#connect();
  }

  /** The browser says that it is offline, which it knows long before a socket does. */
  offline(): void {
    this.#lose("this machine is offline");
  }

  #connect(): void {
    this.#drop();
    const cancelTimeout = this.#clock.after(CONNECT_TIMEOUT_MS, () => this.#lose("no answer"));
    const close = this.#wire.open({
      connected: () => {
        cancelTimeout();
        this.#reload();
      },
      hello: (position) => this.#onHello(position),
      delta: (delta) => this.#onDelta(delta),
      closed: (why) => this.#lose(why),
    });
    this.#endAttempt = () => {
      cancelTimeout();
      close();
    };
  }

  #drop(): void {
    this.#cancelRetry();
    this.#watch.stop();
    this.#endAttempt();
    this.#endAttempt = () => {};
    this.#loading?.abort();
    this.#loading = null;
    this.#buffer = null;
  }

  #lose(why: string): void {
    if (this.#state.kind === "outdated") return;
    this.#drop();
    const wait = RETRY_MS[Math.min(this.#attempt, RETRY_MS.length - 1)] ?? 5_000;
    this.#attempt += 1;
    const since = this.#state.kind === "lost" ? this.#state.since : this.lastMessageAt;
    this.#cancelRetry = this.#clock.after(wait, () => this.#connect());
    this.#tell({ kind: "lost", fleet: this.#state.fleet, since, retryAt: this.#clock.wall() + wait, why });
  }

  #reload(waiting: DeltaMessage[] = []): void {
    this.#loading?.abort();
    const loading = new AbortController();
    this.#loading = loading;
    this.#buffer = waiting;
    const cancelTimeout = this.#clock.after(SNAPSHOT_TIMEOUT_MS, () => {
      if (this.#loading === loading) this.#lose("the list of servers did not come within 15 s");
    });
    this.#wire
      .snapshot(loading.signal)
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
    if (!this.#understands(snapshot.version)) return;
    let fleet = fromSnapshot(snapshot, this.#state.fleet);
    this.#tap(snapshot);
    for (const delta of waiting) {
      const applied = applyDelta(fleet, delta);
      if (applied.kind === "gap") return this.#lose("a message is missing");
      if (applied.kind === "old") continue;
      fleet = applied.fleet;
      this.#tap(delta);
    }
    this.#attempt = 0;
    this.#watch.heard();
    this.#watch.start();
    this.#tell({ kind: "live", fleet });
  }

  #onHello(position: StreamPosition): void {
    if (!this.#understands(position.version)) return;
    this.#watch.heard();
    if (this.#state.kind === "live" && this.#buffer === null && position.epoch !== this.#state.fleet.position.epoch) {
      this.#reload();
    }
  }

  #onDelta(delta: DeltaMessage): void {
    if (!this.#understands(delta.version)) return;
    this.#watch.heard();
    if (this.#buffer !== null) {
      this.#buffer.push(delta);
      if (this.#buffer.length > BUFFER_MAX) this.#lose("too much changed while the list of servers was loading");
      return;
    }
    if (this.#state.kind !== "live") return;
    const applied = applyDelta(this.#state.fleet, delta);
    if (applied.kind === "applied") {
      this.#tap(delta);
      this.#tell({ kind: "live", fleet: applied.fleet });
    } else if (applied.kind === "gap") {
      this.#reload([delta]);
    }
  }

  #understands(version: number): boolean {
    if (version === CONTRACT_VERSION) return true;
    this.#drop();
    this.#tell({ kind: "outdated", fleet: this.#state.fleet });
    return false;
  }

  #tell(state: LiveState): void {
    this.#state = state;
    for (const listener of [...this.#listeners]) listener(state);
  }
}
