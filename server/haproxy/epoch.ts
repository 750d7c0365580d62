import type { ServerView } from "../contract/view.ts";
import type { ShowInfo } from "./show-info.ts";

/** Counters of frontends and backends by kind and name: they grow as long as a process lives. */
export type SessionTotals = ReadonlyMap<string, number>;

/** What is remembered of an instance to notice that its counters began anew. */
export interface Epoch {
  /** Never the same twice for one instance. */
  readonly id: string;
  readonly generation: number;
  readonly processKey: string | null;
  readonly uptimeSeconds: number;
  readonly sessionTotals: SessionTotals;
}

/** What an answer tells of the process that gave it. */
export interface ProcessEvidence {
  /** Null over a source that has none. */
  readonly info: ShowInfo | null;
  readonly sessionTotals: SessionTotals;
  /** Checks that had a result before and have none now, as only those of a new process do; looked at without `info`. */
  readonly checksReset: boolean;
  /** Not all backends were asked about. */
  readonly isPartial: boolean;
}

/**
 * The epoch after an answer: a new one if another process answers, or if counters went back (`clear counters all`).
 * Those of frontends and backends are watched, since a server alone may be removed and added anew. The stats page says
 * nothing of its process; there each poll counts in the page's own frontend, so a restart shows even without traffic.
 */
export function nextEpoch(before: Epoch | null, signs: ProcessEvidence): Epoch {
  const { info, sessionTotals: counters, isPartial: partial } = signs;
  const process = info?.processKey ?? null;
  const uptimeSeconds = info?.info.uptimeSeconds ?? 0;
  const same =
    before !== null &&
    before.processKey === process &&
    // In a container every HAProxy has the same pid.
    before.uptimeSeconds <= uptimeSeconds &&
    !(info === null && signs.checksReset) &&
    [...counters].every(([name, value]) => value >= (before.sessionTotals.get(name) ?? 0));
  const generation = same ? before.generation : (before?.generation ?? 0) + 1;
  return {
    id: same ? before.id : `${process ?? "unnamed"}-${generation}`,
    generation,
    processKey: process,
    uptimeSeconds,
    sessionTotals: same && partial ? new Map([...before.sessionTotals, ...counters]) : counters,
  };
}

/** Counts checks that lost their result from one answer to the next. */
export interface CheckResetDetector {
  /** The same server, then and now. */
  addPair(before: ServerView, now: ServerView): void;
  /**
   * At least half of the checks that had a result have none now (INI). A single one may be a server that was removed and
   * added anew; and the first checks of a new process may be done before the next poll.
   */
  isReset(): boolean;
}

export function createCheckResetDetector(): CheckResetDetector {
  let [had, lost] = [0, 0];
  return {
    addPair(before, now) {
      if (!isCheckResult(before.check.status) || now.check.status === null) return;
      had += 1;
      if (!isCheckResult(now.check.status)) lost += 1;
    },
    isReset: () => lost > 0 && lost * 2 >= had,
  };
}

function isCheckResult(status: ServerView["check"]["status"]): boolean {
  return status !== null && status !== "INI" && status !== "UNK";
}
