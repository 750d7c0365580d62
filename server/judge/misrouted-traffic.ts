import type { ServerView } from "../contract/view.ts";

/** New traffic of a server and of its backend since the first failed probe; survives counter resets. */
export interface MisroutedTraffic {
  readonly beganAt: number;
  readonly epoch: string;
  readonly serverTotal: number;
  readonly backendTotal: number;
  readonly sessions: number;
  readonly backendSessions: number;
}

/** Starts counting from the totals of the poll before the first failed probe. */
export function startMisrouted(
  beganAt: number,
  epoch: string,
  serverTotal: number,
  backendTotal: number,
): MisroutedTraffic {
  return { beganAt, epoch, serverTotal, backendTotal, sessions: 0, backendSessions: 0 };
}

/** Adds what came since the last totals. In a new epoch the counters start at zero. */
export function countMisrouted(
  misrouted: MisroutedTraffic,
  epoch: string,
  serverTotal: number,
  backendTotal: number,
): MisroutedTraffic {
  const fresh = epoch !== misrouted.epoch;
  return {
    ...misrouted,
    epoch,
    serverTotal,
    backendTotal,
    sessions: misrouted.sessions + counterIncrease(fresh ? 0 : misrouted.serverTotal, serverTotal),
    backendSessions: misrouted.backendSessions + counterIncrease(fresh ? 0 : misrouted.backendTotal, backendTotal),
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
export function misroutedShare(misrouted: MisroutedTraffic): number | null {
  if (misrouted.backendSessions <= 0) return null;
  return Math.min(1, misrouted.sessions / misrouted.backendSessions);
}
