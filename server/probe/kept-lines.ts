import type { SecureContext } from "node:tls";
import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import type { Target } from "../contract/target.ts";
import { wireOf } from "./line.ts";
import type { Line } from "./line.ts";
import type { WireHearer } from "./wire.ts";

/** Connections that wait for the next probe of their target, one for each at most. */
export interface KeptLines {
  /** Whether this target's connections are worth keeping, by its rule and by how many targets there are. */
  keeps(target: Target): boolean;
  /** The connection that waits, if it is young enough and was made with this context; it is the caller's from then on. */
  take(target: Target, context: SecureContext | null): Line | null;
  /** Lets a connection wait. One that closes or speaks unasked meanwhile is dropped. */
  put(target: Target, line: Line): void;
  /** Closes what waits for a target. */
  drop(targetKey: string): void;
  /** Closes everything; what is put afterwards is closed at once. */
  stop(): void;
}

/** Makes the store; `targets` counts those that are probed now, `max` is for how many there is room. */
export function keepLines(clock: Clock, targets: () => number, max: number = BOUNDS.probeConnectionsKept): KeptLines {
  return new LineStore(clock, targets, max);
}

/** The place of one target; it stays while its line is out, for a map that grows and shrinks with each probe costs more than the probe's bookkeeping. */
class Place implements WireHearer {
  line: Line | null = null;
  readonly #onEnd: () => void;

  constructor(onEnd: () => void) {
    this.#onEnd = onEnd;
  }

  /** Nobody was asked anything, so bytes are as bad as the end. */
  data(): void {
    this.close();
  }

  ended(): void {
    this.close();
  }

  close(): void {
    this.take()?.socket.destroy();
  }

  /** The line, in nobody's ears. */
  take(): Line | null {
    const { line } = this;
    if (line === null) return null;
    this.line = null;
    wireOf(line).hear(null);
    this.#onEnd();
    return line;
  }
}

class LineStore implements KeptLines {
  readonly #clock: Clock;
  readonly #targets: () => number;
  readonly #max: number;
  readonly #places = new Map<string, Place>();
  /** Lines that wait. */
  #size = 0;
  #stopped = false;
  #turn = 0;

  constructor(clock: Clock, targets: () => number, max: number) {
    this.#clock = clock;
    this.#targets = targets;
    this.#max = max;
  }

  keeps(target: Target): boolean {
    const wanted =
      target.connection === "reuse" || (target.connection === "auto" && this.#targets() > BOUNDS.probeFreshTargetsMax);
    // One that would be too old for the next probe is not kept for nothing.
    return wanted && target.everyMs < freshEveryMs(target, this.#targets());
  }

  take({ key }: Target, context: SecureContext | null): Line | null {
    const line = this.#places.get(key)?.take() ?? null;
    if (line === null || (line.context === context && this.#clock.now() < line.keptUntil)) return line;
    line.socket.destroy();
    return null;
  }

  put(target: Target, line: Line): void {
    if (this.#stopped) return void line.socket.destroy();
    const place = this.#placeOf(target.key);
    place.close();
    if (this.#size >= this.#max) return void line.socket.destroy();
    if (line.keptUntil === 0) line.keptUntil = line.openedAt + this.#lifeOf(target);
    place.line = line;
    this.#size += 1;
    wireOf(line).hear(place);
  }

  drop(targetKey: string): void {
    this.#places.get(targetKey)?.close();
    this.#places.delete(targetKey);
  }

  stop(): void {
    this.#stopped = true;
    for (const place of this.#places.values()) place.close();
    this.#places.clear();
  }

  #placeOf(key: string): Place {
    let place = this.#places.get(key);
    if (place === undefined) this.#places.set(key, (place = new Place(() => (this.#size -= 1))));
    return place;
  }

  /** Milliseconds; shorter for one and longer for the next, by golden sections: what opened together shall not close together. */
  #lifeOf(target: Target): number {
    this.#turn = (this.#turn + GOLDEN) % 1;
    return freshEveryMs(target, this.#targets()) * (1 - LIFE_SPREAD + 2 * LIFE_SPREAD * this.#turn);
  }
}

const GOLDEN = 0.618;
/** A connection lives so much shorter or longer than others, as a part of its life. */
const LIFE_SPREAD = 0.25;

/** A fresh connection now and then sees what a kept one cannot: a dead listener, an expired certificate. */
function freshEveryMs({ probe }: Target, targets: number): number {
  const overTls = probe.type === "http" ? probe.scheme === "https" : probe.tls !== null;
  const wanted = overTls ? BOUNDS.probeFreshEveryTlsMs : BOUNDS.probeFreshEveryPlainMs;
  return Math.max(wanted, (targets / BOUNDS.probeFreshPerSecond) * 1_000);
}
