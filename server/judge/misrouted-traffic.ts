import type { ServerView } from "../contract/view.ts";

/** What went into a server, and into its whole backend, since the first bad probe; survives resets of the counters. */
export interface MisroutedTraffic {
  readonly beganAt: number;
  readonly epoch: string;
  readonly serverTotal: number;
  readonly backendTotal: number;
  readonly sessions: number;
  readonly backendSessions: number;
}

/** Begins to count from the totals of the poll before the first bad probe. */
export function startMisrouted(
  beganAt: number,
  epoch: string,
  serverTotal: number,
  backendTotal: number,
): MisroutedTraffic {
  return { beganAt, epoch, serverTotal, backendTotal, sessions: 0, backendSessions: 0 };
}

/** Adds what came since the last totals. In a new epoch the counters began again at zero. */
export function countMisrouted(
  blast: MisroutedTraffic,
  epoch: string,
  serverTotal: number,
  backendTotal: number,
): MisroutedTraffic {
  const fresh = epoch !== blast.epoch;
  return {
    ...blast,
    epoch,
    serverTotal,
    backendTotal,
    sessions: blast.sessions + counterIncrease(fresh ? 0 : blast.serverTotal, serverTotal),
    backendSessions: blast.backendSessions + counterIncrease(fresh ? 0 : blast.backendTotal, backendTotal),
  };
}

/** Counters that go back within an epoch were cleared: what they show now came since. */
function counterIncrease(before: number, now: number): number {
  return now >= before ? now - before : now;
}

/** TCP mode counts sessions, HTTP mode requests. */
export function trafficUnit(view: ServerView): "sessions" | "requests" {
  return view.mode === "http" ? "requests" : "sessions";
}

/** Part of the backend's new traffic, 0 … 1; null where there was none. */
export function misroutedShare(blast: MisroutedTraffic): number | null {
  if (blast.backendSessions <= 0) return null;
  return Math.min(1, blast.sessions / blast.backendSessions);
}
