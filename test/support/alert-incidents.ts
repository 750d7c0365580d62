import { onTestFinished } from "vitest";
import type { IncidentRecord } from "../../server/contract/incident.ts";
import { AlertBed } from "./alert-bed.ts";
import { incidentRecord, member } from "./sample-alerts.ts";

/** Alerting that runs until the end of the test. */
export function startBed(over: ConstructorParameters<typeof AlertBed>[0] = {}): AlertBed {
  const bed = new AlertBed(over);
  bed.dispatcher.start();
  onTestFinished(async () => {
    const stopped = bed.dispatcher.stop();
    await bed.clock.advance(60_000);
    await stopped;
  });
  return bed;
}

/** An incident that is confirmed now. */
export function openNow(bed: AlertBed, over: Partial<IncidentRecord> = {}): IncidentRecord {
  const now = bed.clock.wall();
  return incidentRecord({ suspectedAt: now, confirmedAt: now, changes: [], ...over });
}

/** The incident, ended now. */
export function endNow(bed: AlertBed, record: IncidentRecord): IncidentRecord {
  return {
    ...record,
    version: record.version + 1,
    state: { kind: "ended", flaps: 0, at: bed.clock.wall(), end: "agreed" },
  };
}

/** The incident of server `i` of one backend. */
export function incidentOf(bed: AlertBed, i: number): IncidentRecord {
  return openNow(bed, {
    id: `019ab000-0000-7000-8000-${String(i).padStart(12, "0")}`,
    subject: `10.0.0.${i}:6443`,
    members: [member("lb-1", "k8s-api", `cp-${i}`, 1)],
    evidence: { ...incidentRecord().evidence, key: `lb-1/k8s-api/cp-${i}` },
  });
}
