import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { BOUNDS } from "./bounds.ts";
import type { Clock } from "./clock.ts";

export interface MemoryReleaseOptions {
  readonly clock: Clock;
  /** Number of servers, which memory is allowed to grow with. */
  readonly servers: () => number;
  /** Resident bytes. */
  readonly rss?: () => number;
  /** Collects all garbage. */
  readonly collect?: () => void;
}

/**
 * Collects garbage where the process has held far more memory than at its start, and its servers do not explain it. V8
 * collects by allocation alone, so that an idle process would keep what a burst has left. Returns what ends it.
 */
export function startMemoryRelease({
  clock,
  servers,
  rss = process.memoryUsage.rss,
  collect = collectGarbage,
}: MemoryReleaseOptions): () => void {
  let lowest = { rss: rss(), servers: servers() };
  let pauseMs: number = BOUNDS.memoryCheckEveryMs;
  let nextAt = Number.NEGATIVE_INFINITY;
  let wasHigh = false;
  let serversBefore = servers();
  let cancel = clock.after(BOUNDS.memoryCheckEveryMs, check);
  return () => cancel();

  function check(): void {
    const isHigh = excess() > BOUNDS.memoryReleaseBytes;
    const hasMoreGarbage = servers() < serversBefore;
    if (hasMoreGarbage) nextAt = Number.NEGATIVE_INFINITY;
    // A burst that lasts would have a collection soon anyway.
    if (isHigh && wasHigh && clock.now() >= nextAt) {
      collect();
      const isFruitless = excess() > BOUNDS.memoryReleaseBytes;
      pauseMs =
        isFruitless && !hasMoreGarbage ? Math.min(2 * pauseMs, BOUNDS.memoryReleaseMaxMs) : BOUNDS.memoryCheckEveryMs;
      nextAt = clock.now() + pauseMs;
    }
    wasHigh = isHigh;
    serversBefore = servers();
    cancel = clock.after(BOUNDS.memoryCheckEveryMs, check);
  }

  /** Resident bytes beyond the lowest known ones and those of further servers. */
  function excess(): number {
    const now = { rss: rss(), servers: servers() };
    const more = now.rss - lowest.rss - BOUNDS.memoryPerServerBytes * (now.servers - lowest.servers);
    if (more <= 0) lowest = now;
    return more;
  }
}

/** Takes about a millisecond for each megabyte that is in use. */
function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc") as () => void;
  gc();
}
