import type { ServerView } from "../contract/view.ts";
import type { ShowInfo } from "./show-info.ts";

/** Session counters of frontends and backends by type and name; they only grow while a process lives. */
export type SessionTotals = ReadonlyMap<string, number>;

/** State by which a reset of an instance's counters is detected. */
export interface Epoch {
  /** Unique within one instance. */
  readonly id: string;
  readonly generation: number;
  readonly processKey: string | null;
  readonly uptimeSeconds: number;
  readonly sessionTotals: SessionTotals;
}

/** What a response reveals of the process that sent it. */
export interface ProcessEvidence {
  /** Null over a source without `show info`. */
  readonly info: ShowInfo | null;
  readonly sessionTotals: SessionTotals;
  /** Checks lost their results, as in a new process; used only without `info`. */
  readonly checksReset: boolean;
  /** The response has one backend only. */
  readonly isPartial: boolean;
}

/**
 * The epoch after a response: a new one if another process answers, or if counters went back (`clear counters all`).
 * It compares counters of frontends and backends, since a single server may be removed and added again. The stats page
 * has no process; each poll increments its own frontend's counter there, so that a restart shows without traffic.
 */
export function nextEpoch(before: Epoch | null, evidence: ProcessEvidence): Epoch {
  const { info, sessionTotals, isPartial } = evidence;
  const processKey = info?.processKey ?? null;
  const uptimeSeconds = info?.info.uptimeSeconds ?? 0;
  const same =
    before !== null &&
    before.processKey === processKey &&
    // In a container each HAProxy has the same pid.
    before.uptimeSeconds <= uptimeSeconds &&
    !(info === null && evidence.checksReset) &&
    noneDecreased(before.sessionTotals, sessionTotals);
  const generation = same ? before.generation : (before?.generation ?? 0) + 1;
  return {
    id: same ? before.id : `${processKey ?? "unnamed"}-${generation}`,
    generation,
    processKey,
    uptimeSeconds,
    sessionTotals: same && isPartial ? new Map([...before.sessionTotals, ...sessionTotals]) : sessionTotals,
  };
}

function noneDecreased(before: SessionTotals, now: SessionTotals): boolean {
  for (const [name, value] of now) if (value < (before.get(name) ?? 0)) return false;
  return true;
}

/** Counts checks that lose their result from one response to the next. */
export interface CheckResetDetector {
  /** Adds one server with its previous and its current view. */
  addPair(before: ServerView, now: ServerView): void;
  /**
   * At least half of the checks with a result have none now (INI). One alone may be a server that was removed and added
   * again; and the first checks of a new process may finish before the next poll.
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
