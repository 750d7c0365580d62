import type { MemberTraffic, TrafficCounts } from "../contract/incident.ts";
import { NO_TRAFFIC } from "./backend-traffic.ts";
import type { TrafficReading } from "./incident-fact.ts";
import { isSameCounts, isSameProcess } from "./misrouted-traffic.ts";

/** The traffic of a member after one more poll; counts never go back. */
export function mergeTraffic(before: MemberTraffic | undefined, reading: TrafficReading): MemberTraffic {
  const known = before?.counts ?? NO_TRAFFIC;
  return { ...reading, counts: reading.counts === null ? known : neverBack(known, reading.counts) };
}

function neverBack(a: TrafficCounts, b: TrafficCounts): TrafficCounts {
  return {
    sessions: Math.max(a.sessions, b.sessions),
    backendSessions: Math.max(a.backendSessions, b.backendSessions),
    connectErrors: Math.max(a.connectErrors, b.connectErrors),
    responseErrors: Math.max(a.responseErrors, b.responseErrors),
    responses5xx: Math.max(a.responses5xx, b.responses5xx),
  };
}

/** True where HAProxy's counters began anew between the two, or counting began. */
export function isRebased(before: MemberTraffic, { baseline }: MemberTraffic): boolean {
  if (baseline === null) return false;
  if (before.baseline === null || !isSameProcess(before.baseline.haproxyProcess, baseline.haproxyProcess)) return true;
  return baseline.totals.sessions < before.baseline.totals.sessions;
}

/** True where nothing was counted and nothing else differs. */
export function isSameTraffic(a: MemberTraffic, b: MemberTraffic): boolean {
  return (
    a.held === b.held &&
    a.healthyLeft === b.healthyLeft &&
    a.backupsInUse === b.backupsInUse &&
    a.standby === b.standby &&
    a.unit === b.unit &&
    isSameCounts(a.counts, b.counts) &&
    (a.baseline === b.baseline ||
      (a.baseline !== null &&
        b.baseline !== null &&
        isSameProcess(a.baseline.haproxyProcess, b.baseline.haproxyProcess) &&
        isSameCounts(a.baseline.totals, b.baseline.totals)))
  );
}
