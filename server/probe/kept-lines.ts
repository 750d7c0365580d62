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

/** Makes the store; `targets` counts those that are probed now. */
export function keepLines(clock: Clock, targets: () => number): KeptLines {
  const waiting = new Map<string, Line>();
  let stopped = false;
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
      return wanted && target.everyMs < freshEveryMs(target);
    },
    take(target, context) {
      const { key } = target;
      const line = waiting.get(key);
      if (line === undefined) return null;
      const isFit = line.context === context && clock.now() - line.openedAt < freshEveryMs(target);
      if (!isFit) {
        end(key, line);
        return null;
      }
      release(key, line);
      return line;
    },
    put({ key }, line) {
      drop(key);
      if (stopped || waiting.size >= BOUNDS.probeLinesKept) return void line.socket.destroy();
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

/** A fresh connection now and then sees what a kept one cannot: a dead listener, an expired certificate. */
function freshEveryMs({ probe }: Target): number {
  const overTls = probe.type === "http" ? probe.scheme === "https" : probe.tls !== null;
  return overTls ? BOUNDS.probeFreshEveryTlsMs : BOUNDS.probeFreshEveryPlainMs;
}
