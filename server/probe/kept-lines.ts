import type { SecureContext } from "node:tls";
import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import type { Target } from "../contract/target.ts";
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

interface Waiting {
  readonly line: Line;
  readonly end: () => void;
  /** Takes our ears off the socket and leaves it open. */
  readonly release: () => void;
}

/** Makes the store; `targets` counts those that are probed now. */
export function keepLines(clock: Clock, targets: () => number): KeptLines {
  const waiting = new Map<string, Waiting>();
  let stopped = false;
  const drop = (key: string): void => waiting.get(key)?.end();
  return {
    keeps(target) {
      const wanted =
        target.connection === "reuse" || (target.connection === "auto" && targets() > BOUNDS.probeFreshTargets);
      // One that would be too old for the next probe is not kept for nothing.
      return wanted && target.everyMs < freshEveryMs(target);
    },
    take(target, context) {
      const found = waiting.get(target.key);
      if (found === undefined) return null;
      const { line } = found;
      const isFit = line.context === context && clock.now() - line.openedAt < freshEveryMs(target);
      if (!isFit) {
        found.end();
        return null;
      }
      found.release();
      return line;
    },
    put(target, line) {
      drop(target.key);
      if (stopped || waiting.size >= BOUNDS.probeLinesKept) return void line.socket.destroy();
      const { socket } = line;
      const release = (): void => {
        waiting.delete(target.key);
        for (const event of EVENTS) socket.off(event, end);
      };
      const end = (): void => {
        release();
        socket.destroy();
      };
      // Nobody was asked anything, so bytes are as bad as the end.
      for (const event of EVENTS) socket.on(event, end);
      waiting.set(target.key, { line, end, release });
      socket.resume();
    },
    drop,
    stop() {
      stopped = true;
      for (const { end } of [...waiting.values()]) end();
    },
  };
}

const EVENTS = ["data", "end", "error", "close"] as const;

/** A fresh connection now and then sees what a kept one cannot: a dead listener, an expired certificate. */
function freshEveryMs({ probe }: Target): number {
  const overTls = probe.type === "http" ? probe.scheme === "https" : probe.tls !== null;
  return overTls ? BOUNDS.probeFreshEveryTlsMs : BOUNDS.probeFreshEveryPlainMs;
}
