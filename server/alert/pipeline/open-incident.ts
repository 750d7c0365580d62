import type { IncidentRecord } from "../../contract/incident.ts";
import { incidentAlert, type IncidentFacts } from "../message/incident-alert.ts";
import type { OpenAlert } from "./open-alert.ts";

/** The alert of an incident with what the pipeline needs of it. */
export function openIncident(record: IncidentRecord, facts: IncidentFacts): OpenAlert {
  const relapse = record.changes.findLast(({ what }) => what === "relapsed" || what === "reopened");
  return {
    alert: incidentAlert(record, facts),
    places: record.members,
    confirmedAt: Math.max(record.confirmedAt, relapse?.at ?? 0),
    isHealing: record.state.kind === "healing",
    expected: record.expected?.text ?? null,
    isUndecided: record.members.every(({ standing }) => standing !== "failing"),
  };
}
