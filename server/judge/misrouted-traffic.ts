import type { HaproxyProcess, MemberTraffic, TrafficBaseline, TrafficCounts } from "../contract/incident.ts";
import type { ServerView } from "../contract/view.ts";
import { NO_TRAFFIC } from "./backend-traffic.ts";

/** New traffic of a server and of its backend since the first failed probe; survives counter resets. */
export interface MisroutedTraffic {
  /** In a new epoch the counters began at zero. */
  readonly epoch: string;
  readonly baseline: TrafficBaseline;
  readonly counts: TrafficCounts;
}

/** HAProxy's counters at one poll, and whose they are. */
export interface TrafficSample extends TrafficBaseline {
  readonly epoch: string;
}

/**
 * Starts counting at the poll before the first failed probe, or goes on where an earlier process of haprobe counted last,
 * if HAProxy's process is still the same. `earlier` is the traffic of the incident so far, or null.
 */
export function startMisrouted(
  { epoch, haproxyProcess, totals }: TrafficSample,
  earlier: Pick<MemberTraffic, "counts" | "baseline"> | null,
): MisroutedTraffic {
  const baseline = { haproxyProcess, totals };
  const counts = earlier?.counts ?? NO_TRAFFIC;
  const from = earlier?.baseline ?? null;
  const goesOn = from !== null && haproxyProcess !== null && isSameProcess(from.haproxyProcess, haproxyProcess);
  return { epoch, baseline, counts: goesOn ? addIncrease(counts, from.totals, totals) : counts };
}

/** Adds what came since the last poll; the same object where nothing came. */
export function countMisrouted(
  misrouted: MisroutedTraffic,
  { epoch, haproxyProcess, totals }: TrafficSample,
): MisroutedTraffic {
  const before = misrouted.baseline.totals;
  if (epoch !== misrouted.epoch) {
    return { epoch, baseline: { haproxyProcess, totals }, counts: addIncrease(misrouted.counts, NO_TRAFFIC, totals) };
  }
  if (isSameCounts(before, totals)) return misrouted;
  return { epoch, baseline: { haproxyProcess, totals }, counts: addIncrease(misrouted.counts, before, totals) };
}

/** HAProxy 2.2 has no start time: it is computed, and rounding moves it by a second. */
const START_TIME_TOLERANCE_S = 2;

/** True where both are known and the same. */
export function isSameProcess(a: HaproxyProcess | null, b: HaproxyProcess | null): boolean {
  if (a === null || b === null) return a === b;
  return a.pid === b.pid && Math.abs(a.startTimeSeconds - b.startTimeSeconds) <= START_TIME_TOLERANCE_S;
}

/** True where all counters are equal. */
export function isSameCounts(a: TrafficCounts, b: TrafficCounts): boolean {
  return (
    a.sessions === b.sessions &&
    a.backendSessions === b.backendSessions &&
    a.connectErrors === b.connectErrors &&
    a.responseErrors === b.responseErrors &&
    a.responses5xx === b.responses5xx
  );
}

/** TCP mode counts sessions, HTTP mode requests. */
export function trafficUnit(view: ServerView): "sessions" | "requests" {
  return view.mode === "http" ? "requests" : "sessions";
}

function addIncrease(counts: TrafficCounts, before: TrafficCounts, now: TrafficCounts): TrafficCounts {
  return {
    sessions: counts.sessions + increase(before.sessions, now.sessions),
    backendSessions: counts.backendSessions + increase(before.backendSessions, now.backendSessions),
    connectErrors: counts.connectErrors + increase(before.connectErrors, now.connectErrors),
    responseErrors: counts.responseErrors + increase(before.responseErrors, now.responseErrors),
    responses5xx: counts.responses5xx + increase(before.responses5xx, now.responses5xx),
  };
}

/** Counters that go back within an epoch were cleared: what they show now came since. */
function increase(before: number, now: number): number {
  return now >= before ? now - before : now;
}
