import type { IncidentRecord } from "../../server/contract/incident.ts";

/** An open incident as it is stored; `part` replaces single fields. */
export function sampleRecord(part: Partial<IncidentRecord> = {}): IncidentRecord {
  return {
    id: "019aa000-0000-7000-8000-000000000001",
    version: 1,
    site: "default",
    network: "default",
    subject: "10.0.0.11:6443",
    verdict: "false-up",
    state: { kind: "open", flaps: 0 },
    reason: "probe-answered-unhealthy",
    sentence: "HAProxy says UP (L4OK); /readyz answers 500: etcd failed",
    urgency: "warning",
    suspectedAt: 1_000,
    confirmedAt: 2_000,
    changedAt: 2_000,
    detectionLagMs: null,
    evidence: { key: "lb-1/k8s-api/cp-1", row: [], probe: null, curl: null, socat: null },
    acknowledgement: null,
    expected: null,
    notes: [],
    members: [],
    changes: [],
    ...part,
  };
}
