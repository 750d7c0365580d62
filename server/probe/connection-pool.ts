import type { SecureContext } from "node:tls";
import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import type { Target } from "../contract/target.ts";
import { type Connection, readerOf } from "./connection.ts";
import type { ReadHandler } from "./socket-reader.ts";

/** Idle connections, at most one per target, for its next probe. */
export interface ConnectionPool {
  /** Whether this target's connections are reused, by its rule and the number of targets. */
  isPoolable(target: Target): boolean;
  /** Hands over the idle connection if it has not expired and was opened with this context; null otherwise. */
  take(target: Target, context: SecureContext | null): Connection | null;
  /** Takes a connection back. One that closes or receives data while idle is dropped. */
  release(target: Target, connection: Connection): void;
  /** Closes a target's idle connection. */
  closeTarget(targetKey: string): void;
  /** Closes every idle connection; one released afterwards is closed at once. */
  stop(): void;
}

/** Creates a pool of at most `max` connections; `targets` returns the number of targets that are probed now. */
export function createConnectionPool(
  clock: Clock,
  targets: () => number,
  max: number = BOUNDS.probeConnectionsKept,
): ConnectionPool {
  return new TargetConnectionPool(clock, targets, max);
}

/** The slot of one target. It stays in the map while its connection is taken: adding and deleting it per probe costs more than the rest of the bookkeeping. */
class PoolEntry implements ReadHandler {
  connection: Connection | null = null;
  readonly #onTaken: () => void;

  constructor(onTaken: () => void) {
    this.#onTaken = onTaken;
  }

  /** No request is pending, so data means that the connection is unusable. */
  onData(): void {
    this.close();
  }

  onEnd(): void {
    this.close();
  }

  close(): void {
    this.take()?.socket.destroy();
  }

  /** The idle connection without its handler; null for none. */
  take(): Connection | null {
    const { connection } = this;
    if (connection === null) return null;
    this.connection = null;
    readerOf(connection).setHandler(null);
    this.#onTaken();
    return connection;
  }
}

class TargetConnectionPool implements ConnectionPool {
  readonly #clock: Clock;
  readonly #targetCount: () => number;
  readonly #max: number;
  readonly #entries = new Map<string, PoolEntry>();
  /** Number of idle connections. */
  #size = 0;
  #stopped = false;
  #jitterPosition = 0;

  constructor(clock: Clock, targets: () => number, max: number) {
    this.#clock = clock;
    this.#targetCount = targets;
    this.#max = max;
  }

  isPoolable(target: Target): boolean {
    const wanted =
      target.connection === "reuse" ||
      (target.connection === "auto" && this.#targetCount() > BOUNDS.probeFreshTargetsMax);
    // A connection that expires before the next probe is not worth keeping.
    return wanted && target.everyMs < maxAgeMs(target, this.#targetCount());
  }

  take({ key }: Target, context: SecureContext | null): Connection | null {
    const connection = this.#entries.get(key)?.take() ?? null;
    if (connection === null || (connection.secureContext === context && this.#clock.now() < connection.reusableUntil))
      return connection;
    connection.socket.destroy();
    return null;
  }

  release(target: Target, connection: Connection): void {
    if (this.#stopped) return void connection.socket.destroy();
    const entry = this.#getOrCreateEntry(target.key);
    entry.close();
    if (this.#size >= this.#max) return void connection.socket.destroy();
    if (connection.reusableUntil === 0) connection.reusableUntil = connection.openedAt + this.#nextLifetimeMs(target);
    entry.connection = connection;
    this.#size += 1;
    readerOf(connection).setHandler(entry);
  }

  closeTarget(targetKey: string): void {
    this.#entries.get(targetKey)?.close();
    this.#entries.delete(targetKey);
  }

  stop(): void {
    this.#stopped = true;
    for (const entry of this.#entries.values()) entry.close();
    this.#entries.clear();
  }

  #getOrCreateEntry(key: string): PoolEntry {
    let entry = this.#entries.get(key);
    if (entry === undefined) this.#entries.set(key, (entry = new PoolEntry(() => (this.#size -= 1))));
    return entry;
  }

  /** Lifetime in milliseconds, ±25 %, so that connections opened together do not expire together. */
  #nextLifetimeMs(target: Target): number {
    this.#jitterPosition = (this.#jitterPosition + GOLDEN_RATIO) % 1;
    return maxAgeMs(target, this.#targetCount()) * (1 - LIFETIME_JITTER + 2 * LIFETIME_JITTER * this.#jitterPosition);
  }
}

/** Steps of this size spread evenly over 0…1. */
const GOLDEN_RATIO = 0.618;
/** Largest deviation of a lifetime, as a fraction. */
const LIFETIME_JITTER = 0.25;

/** Milliseconds. A fresh connection detects what a kept one cannot: a dead listener, an expired certificate. */
function maxAgeMs({ probe }: Target, targets: number): number {
  const overTls = probe.type === "http" ? probe.scheme === "https" : probe.tls !== null;
  const wanted = overTls ? BOUNDS.probeFreshEveryTlsMs : BOUNDS.probeFreshEveryPlainMs;
  return Math.max(wanted, (targets / BOUNDS.probeFreshPerSecond) * 1_000);
}
