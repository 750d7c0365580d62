import {
  CONTRACT_VERSION,
  type SnapshotMessage,
  type StreamMessage,
  type StreamPosition,
} from "../../server/contract/status.ts";
import type { FeedClock } from "./feed-clock.ts";
import type { FeedState } from "./feed-state.ts";
import type { DashboardDelta, FeedTransport } from "./feed-transport.ts";
import { fleetFromSnapshot, updateFleet } from "./fleet.ts";
import { requestSnapshot } from "./snapshot-request.ts";
import { StreamWatchdog } from "./stream-watchdog.ts";

/** So that a haprobe that is back is shown within two seconds. */
const RETRY_EVERY_MS = 1_000;
/** Deltas kept while a snapshot loads: more than a minute at ten per second. */
const BUFFERED_DELTAS_MAX = 1_000;
const CONNECT_TIMEOUT_MS = 5_000;
/** Lists from another hub than that of the stream are asked for again this often: a proxy in front of several takes turns. */
const OTHER_HUB_MAX = 4;
/** Without a stream, a snapshot is fetched this long after the last one; each time the stream is tried first. */
export const POLL_EVERY_MS = 3_000;

/**
 * Keeps a copy of the published state: loads a snapshot, applies buffered and later deltas, loads again after a gap.
 * Where no stream can be opened it polls snapshots.
 */
export class LiveFeed {
  #state: FeedState = { kind: "connecting", fleet: null };
  readonly #watchdog: StreamWatchdog;
  readonly #transport: FeedTransport;
  readonly #clock: FeedClock;
  readonly #onMessage: (message: StreamMessage) => void;
  readonly #listeners = new Set<(state: FeedState) => void>();
  #buffer: DashboardDelta[] | null = null;
  #closeStream: () => void = () => {};
  #cancelRetry: () => void = () => {};
  #loading: AbortController | null = null;
  /** Epoch of the haprobe at the other end of the stream; null before its first message. */
  #streamEpoch: string | null = null;
  /** How many lists in turn came from another one. */
  #otherHubs = 0;
  /** The snapshot request without a stream: one at a time, and no retry of the stream aborts it. */
  #polling: AbortController | null = null;

  /** `onMessage` receives each applied message before the listeners are called. */
  constructor(transport: FeedTransport, clock: FeedClock, onMessage: (message: StreamMessage) => void = () => {}) {
    this.#transport = transport;
    this.#clock = clock;
    this.#onMessage = onMessage;
    this.#watchdog = new StreamWatchdog(clock, {
      ping: (signal) => transport.ping(signal),
      disconnect: (cause) => this.#disconnect(cause),
      resume: () => this.#disconnect("this machine or tab was suspended", 0),
      reopen: () => this.#connect(),
    });
  }

  get state(): FeedState {
    return this.#state;
  }

  /** Time of the last message or ping response, browser's clock. */
  get lastMessageAt(): number {
    return this.#watchdog.lastContactAt;
  }

  /** Calls `listener` after each change; the returned function unsubscribes. */
  subscribe(listener: (state: FeedState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  start(): void {
    this.#connect();
  }

  /** Closes the stream, aborts the request and clears the timers. */
  stop(): void {
    this.#teardown();
    this.#polling?.abort();
    this.#polling = null;
    this.#listeners.clear();
  }

  /** Connects at once instead of at `retryAt`. */
  retryNow(): void {
    if (this.#state.kind === "disconnected") this.#connect();
  }

  /** Disconnects at once: the browser detects that it is offline before the socket does. */
  markOffline(): void {
    this.#disconnect("this machine is offline");
  }

  #connect(): void {
    this.#teardown();
    this.#streamEpoch = null;
    this.#otherHubs = 0;
    let isOpen = false;
    const cancelTimeout = this.#clock.after(CONNECT_TIMEOUT_MS, () => this.#pollWithoutStream("no answer"));
    const close = this.#transport.openStream({
      onConnected: () => {
        isOpen = true;
        cancelTimeout();
        this.#loadSnapshot();
      },
      onHello: (position) => this.#onHello(position),
      onDelta: (delta) => this.#onDelta(delta),
      onClosed: (cause) => (isOpen ? this.#disconnect(cause) : this.#pollWithoutStream(cause)),
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

  #disconnect(cause: string, retryInMs = RETRY_EVERY_MS): void {
    if (this.#state.kind === "outdated") return;
    this.#teardown();
    const since = this.#state.kind === "disconnected" ? this.#state.since : this.lastMessageAt;
    this.#cancelRetry = this.#clock.after(retryInMs, () => this.#connect());
    this.#setState({
      kind: "disconnected",
      fleet: this.#state.fleet,
      since,
      retryAt: this.#clock.wall() + retryInMs,
      cause,
    });
  }

  /** A proxy may refuse WebSockets and still forward requests. */
  #pollWithoutStream(streamError: string): void {
    const isLive = this.#state.kind === "live" && this.#state.streamError !== null;
    if (isLive) this.#teardown();
    else this.#disconnect(streamError);
    if (this.#polling !== null) return;
    this.#polling = requestSnapshot(
      this.#transport,
      this.#clock,
      (snapshot) => {
        this.#polling = null;
        if (this.#acceptVersion(snapshot.version)) this.#showPolled(snapshot, streamError);
      },
      (cause) => {
        this.#polling = null;
        if (this.#state.kind === "live") this.#disconnect(cause);
      },
    );
  }

  /** Shows a list alone, and tries the stream again before the next one. */
  #showPolled(snapshot: SnapshotMessage, streamError: string): void {
    this.#watchdog.recordMessage();
    this.#cancelRetry();
    this.#cancelRetry = this.#clock.after(POLL_EVERY_MS, () => this.#connect());
    const fleet = fleetFromSnapshot(snapshot, this.#state.fleet);
    this.#onMessage(snapshot);
    this.#setState({ kind: "live", fleet, streamError });
  }

  #loadSnapshot(buffered: DashboardDelta[] = []): void {
    this.#polling?.abort();
    this.#polling = null;
    this.#loading?.abort();
    this.#buffer = buffered;
    this.#loading = requestSnapshot(
      this.#transport,
      this.#clock,
      (snapshot) => this.#onSnapshot(snapshot),
      (cause) => this.#disconnect(cause),
    );
  }

  #onSnapshot(snapshot: SnapshotMessage): void {
    this.#loading = null;
    const buffered = this.#buffer ?? [];
    this.#buffer = null;
    if (!this.#acceptVersion(snapshot.version)) return;
    if (this.#streamEpoch !== null && snapshot.epoch !== this.#streamEpoch) {
      return this.#onOtherHub(snapshot, buffered);
    }
    this.#otherHubs = 0;
    let fleet = fleetFromSnapshot(snapshot, this.#state.fleet);
    this.#onMessage(snapshot);
    for (const delta of buffered) {
      const next = updateFleet(fleet, delta);
      if (next === "gap") return this.#disconnect("a message is missing");
      if (next === "old") continue;
      fleet = next.fleet;
      this.#onMessage(next.delta);
    }
    this.#watchdog.recordMessage();
    this.#watchdog.start();
    this.#setState({ kind: "live", fleet, streamError: null });
  }

  /** List and stream come from different hubs, whose numbers do not belong together. */
  #onOtherHub(snapshot: SnapshotMessage, buffered: DashboardDelta[]): void {
    this.#otherHubs += 1;
    if (this.#otherHubs <= OTHER_HUB_MAX) return this.#loadSnapshot(buffered);
    this.#teardown();
    this.#showPolled(snapshot, "the list and the stream come from different hubs");
  }

  #onHello(position: StreamPosition): void {
    if (!this.#acceptVersion(position.version)) return;
    this.#streamEpoch = position.epoch;
    this.#watchdog.recordMessage();
    if (this.#state.kind === "live" && this.#buffer === null && position.epoch !== this.#state.fleet.position.epoch) {
      this.#loadSnapshot();
    }
  }

  #onDelta(delta: DashboardDelta): void {
    if (!this.#acceptVersion(delta.version)) return;
    this.#streamEpoch = delta.epoch;
    this.#watchdog.recordMessage();
    if (this.#buffer !== null) {
      this.#buffer.push(delta);
      if (this.#buffer.length > BUFFERED_DELTAS_MAX)
        this.#disconnect("too many changes while the list of servers was loading");
      return;
    }
    if (this.#state.kind !== "live") return;
    const next = updateFleet(this.#state.fleet, delta);
    if (next === "old") return;
    if (next === "gap") return this.#loadSnapshot([delta]);
    this.#onMessage(next.delta);
    this.#setState({ kind: "live", fleet: next.fleet, streamError: null });
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
