import type { SecureContext } from "node:tls";
import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import type { Target } from "../contract/target.ts";
import { readerOf } from "./connection.ts";
import type { Connection } from "./connection.ts";
import type { ReadHandler } from "./socket-reader.ts";

/** Connections that wait for the next probe of their target, one for each at most. */
export interface ConnectionPool {
  /** Whether this target's connections are worth keeping, by its rule and by how many targets there are. */
  isPoolable(target: Target): boolean;
  /** The connection that waits, if it is young enough and was made with this context; it is the caller's from then on. */
  take(target: Target, context: SecureContext | null): Connection | null;
  /** Lets a connection wait. One that closes or speaks unasked meanwhile is dropped. */
  release(target: Target, line: Connection): void;
  /** Closes what waits for a target. */
  closeTarget(targetKey: string): void;
  /** Closes everything; what is put afterwards is closed at once. */
  stop(): void;
}

/** Makes the store; `targets` counts those that are probed now, `max` is for how many there is room. */
export function createConnectionPool(
  clock: Clock,
  targets: () => number,
  max: number = BOUNDS.probeConnectionsKept,
): ConnectionPool {
  return new TargetConnectionPool(clock, targets, max);
}

/** The place of one target; it stays while its line is out, for a map that grows and shrinks with each probe costs more than the probe's bookkeeping. */
class PoolEntry implements ReadHandler {
  connection: Connection | null = null;
  readonly #onTaken: () => void;

  constructor(onEnd: () => void) {
    this.#onTaken = onEnd;
  }

  /** Nobody was asked anything, so bytes are as bad as the end. */
  onData(): void {
    this.close();
  }

  onEnd(): void {
    this.close();
  }

  close(): void {
    this.take()?.socket.destroy();
  }

  /** The line, in nobody's ears. */
  take(): Connection | null {
    const { connection: line } = this;
    if (line === null) return null;
    this.connection = null;
    readerOf(line).setHandler(null);
    this.#onTaken();
    return line;
  }
}

class TargetConnectionPool implements ConnectionPool {
  readonly #clock: Clock;
  readonly #targetCount: () => number;
  readonly #max: number;
  readonly #entries = new Map<string, PoolEntry>();
  /** Lines that wait. */
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
    // One that would be too old for the next probe is not kept for nothing.
    return wanted && target.everyMs < maxAgeMs(target, this.#targetCount());
  }

  take({ key }: Target, context: SecureContext | null): Connection | null {
    const line = this.#entries.get(key)?.take() ?? null;
    if (line === null || (line.secureContext === context && this.#clock.now() < line.reusableUntil)) return line;
    line.socket.destroy();
    return null;
  }

  release(target: Target, line: Connection): void {
    if (this.#stopped) return void line.socket.destroy();
    const place = this.#getOrCreateEntry(target.key);
    place.close();
    if (this.#size >= this.#max) return void line.socket.destroy();
    if (line.reusableUntil === 0) line.reusableUntil = line.openedAt + this.#nextLifetimeMs(target);
    place.connection = line;
    this.#size += 1;
    readerOf(line).setHandler(place);
  }

  closeTarget(targetKey: string): void {
    this.#entries.get(targetKey)?.close();
    this.#entries.delete(targetKey);
  }

  stop(): void {
    this.#stopped = true;
    for (const place of this.#entries.values()) place.close();
    this.#entries.clear();
  }

  #getOrCreateEntry(key: string): PoolEntry {
    let place = this.#entries.get(key);
    if (place === undefined) this.#entries.set(key, (place = new PoolEntry(() => (this.#size -= 1))));
    return place;
  }

  /** Milliseconds; shorter for one and longer for the next, by golden sections: what opened together shall not close together. */
  #nextLifetimeMs(target: Target): number {
    this.#jitterPosition = (this.#jitterPosition + GOLDEN) % 1;
    return maxAgeMs(target, this.#targetCount()) * (1 - LIFETIME_JITTER + 2 * LIFETIME_JITTER * this.#jitterPosition);
  }
}

const GOLDEN = 0.618;
/** A connection lives so much shorter or longer than others, as a part of its life. */
const LIFETIME_JITTER = 0.25;

/** A fresh connection now and then sees what a kept one cannot: a dead listener, an expired certificate. */
function maxAgeMs({ probe }: Target, targets: number): number {
  const overTls = probe.type === "http" ? probe.scheme === "https" : probe.tls !== null;
  const wanted = overTls ? BOUNDS.probeFreshEveryTlsMs : BOUNDS.probeFreshEveryPlainMs;
  return Math.max(wanted, (targets / BOUNDS.probeFreshPerSecond) * 1_000);
}
