import type { SecureContext } from "node:tls";
import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import type { Target } from "../contract/target.ts";
import { wireOf } from "./line.ts";
import type { Line } from "./line.ts";

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
export function keepLines(clock: Clock, targets: () => number, max: number = BOUNDS.probeLinesKept): KeptLines {
  const waiting = new Map<string, Line>();
  let stopped = false;
  let turn = 0;
  /** Milliseconds; shorter for one and longer for the next, by golden sections: what opened together shall not close together. */
  const lifeOf = (target: Target): number => {
    turn = (turn + GOLDEN) % 1;
    return freshEveryMs(target, targets()) * (1 - LIFE_SPREAD + 2 * LIFE_SPREAD * turn);
  };
  const drop = (key: string): void => {
    const line = waiting.get(key);
    if (line !== undefined) end(key, line);
  };
  const end = (key: string, line: Line): void => {
    release(key, line);
    line.socket.destroy();
  };
  const release = (key: string, line: Line): void => {
    waiting.delete(key);
    wireOf(line).hear(null);
  };
  return {
    keeps(target) {
      const wanted =
        target.connection === "reuse" || (target.connection === "auto" && targets() > BOUNDS.probeFreshTargets);
      // One that would be too old for the next probe is not kept for nothing.
      return wanted && target.everyMs < freshEveryMs(target, targets());
    },
    take(target, context) {
      const { key } = target;
      const line = waiting.get(key);
      if (line === undefined) return null;
      const isFit = line.context === context && clock.now() < line.keptUntil;
      if (!isFit) {
        end(key, line);
        return null;
      }
      release(key, line);
      return line;
    },
    put(target, line) {
      const { key } = target;
      drop(key);
      if (line.keptUntil === 0) line.keptUntil = line.openedAt + lifeOf(target);
      if (stopped || waiting.size >= max) return void line.socket.destroy();
      waiting.set(key, line);
      // Nobody was asked anything, so bytes are as bad as the end.
      const dropIt = (): void => end(key, line);
      wireOf(line).hear({ data: dropIt, ended: dropIt });
    },
    drop,
    stop() {
      stopped = true;
      for (const [key, line] of [...waiting]) end(key, line);
    },
  };
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
