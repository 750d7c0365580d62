import type { Incident, MemberTraffic, TrafficCounts } from "../../server/contract/incident.ts";
import { NO_TRAFFIC } from "../../server/judge/backend-traffic.ts";

/** What an incident counted; further counts by name. */
export function countsOf(counts: Partial<TrafficCounts> = {}): TrafficCounts {
  return { ...NO_TRAFFIC, ...counts };
}

/** Traffic of a member whose backend has two healthy servers left. */
export function trafficOf(part: Partial<MemberTraffic> = {}): MemberTraffic {
  return {
    unit: "sessions",
    counts: NO_TRAFFIC,
    baseline: null,
    held: 0,
    standby: false,
    healthyLeft: 2,
    backupsInUse: 0,
    ...part,
  };
}

/** The public object of an open incident with one member. */
export function sampleIncident(now: number, part: Partial<Incident> = {}): Incident {
  const at = new Date(now).toISOString();
  return {
    id: "019ad0f0-0000-7000-8000-000000000001",
    version: 1,
    site: "default",
    state: "open",
    verdict: "false-up",
    reason: "probe-answered-unhealthy",
    subject: "10.0.0.12:6443",
    sentence: "HAProxy says UP (L4OK); /readyz answers 500",
    urgency: "warning",
    members: [
      {
        key: "lb-1/k8s-api/cp-2",
        instance: "lb-1",
        backend: "k8s-api",
        server: "cp-2",
        vantage: null,
        since: at,
        active: true,
        sessions: 12,
        held: 2,
      },
    ],
    backends: [
      {
        instance: "lb-1",
        backend: "k8s-api",
        unit: "sessions",
        sessions: 12,
        held: 2,
        share: 0.33,
        healthyLeft: 2,
        backupsInUse: 0,
        connectErrors: 0,
        responseErrors: 0,
        responses5xx: 0,
      },
    ],
    suspectedAt: at,
    confirmedAt: at,
    endedAt: null,
    end: null,
    flaps: 0,
    detectionLagMs: null,
    sessions: 12,
    held: 2,
    evidence: { key: "lb-1/k8s-api/cp-2", row: [], probe: null, curl: null, socat: null },
    acknowledgement: null,
    expected: null,
    notes: [],
    changes: [],
    ...part,
  };
}
