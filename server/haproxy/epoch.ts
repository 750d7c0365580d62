import type { ServerView } from "../contract/view.ts";
import type { ShowInfo } from "./show-info.ts";

/** Counters of frontends and backends by kind and name: they grow as long as a process lives. */
export type Counters = ReadonlyMap<string, number>;

/** What is remembered of an instance to notice that its counters began anew. */
export interface Epoch {
  /** Never the same twice for one instance. */
  readonly id: string;
  readonly generation: number;
  readonly process: string | null;
  readonly uptimeSeconds: number;
  readonly counters: Counters;
}

/** What an answer tells of the process that gave it. */
export interface ProcessSigns {
  /** Null over a source that has none. */
  readonly info: ShowInfo | null;
  readonly counters: Counters;
  /** Checks that had a result before and have none now, as only those of a new process do; looked at without `info`. */
  readonly checksBeganAnew: boolean;
  /** Not all backends were asked about. */
  readonly partial: boolean;
}

/**
 * The epoch after an answer: a new one if another process answers, or if counters went back (`clear counters all`).
 * Those of frontends and backends are watched, since a server alone may be removed and added anew. The stats page says
 * nothing of its process; there each poll counts in the page's own frontend, so a restart shows even without traffic.
 */
export function nextEpoch(before: Epoch | null, signs: ProcessSigns): Epoch {
  const { info, counters, partial } = signs;
  const process = info?.process ?? null;
  const uptimeSeconds = info?.info.uptimeSeconds ?? 0;
  const same =
    before !== null &&
    before.process === process &&
    // In a container every HAProxy has the same pid.
    before.uptimeSeconds <= uptimeSeconds &&
    !(info === null && signs.checksBeganAnew) &&
    [...counters].every(([name, value]) => value >= (before.counters.get(name) ?? 0));
  const generation = same ? before.generation : (before?.generation ?? 0) + 1;
  return {
    id: same ? before.id : `${process ?? "unnamed"}-${generation}`,
    generation,
    process,
    uptimeSeconds,
    counters: same && partial ? new Map([...before.counters, ...counters]) : counters,
  };
}

/** Counts checks that lost their result from one answer to the next. */
export interface CheckTally {
  /** The same server, then and now. */
  pair(before: ServerView, now: ServerView): void;
  /**
   * At least half of the checks that had a result have none now (INI). A single one may be a server that was removed and
   * added anew; and the first checks of a new process may be done before the next poll.
   */
  beganAnew(): boolean;
}

export function tallyChecks(): CheckTally {
  let [had, lost] = [0, 0];
  return {
    pair(before, now) {
      if (!hasResult(before.check.status) || now.check.status === null) return;
      had += 1;
      if (!hasResult(now.check.status)) lost += 1;
    },
    beganAnew: () => lost > 0 && lost * 2 >= had,
  };
}

function hasResult(status: ServerView["check"]["status"]): boolean {
  return status !== null && status !== "INI" && status !== "UNK";
}
