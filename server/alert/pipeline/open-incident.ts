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
    heldWhy: heldWhyOf(record, facts),
    isUndecided: record.members.every(({ standing }) => standing !== "failing"),
  };
}

/** A person expects it, or HAProxy's check asks for something else than the probe, such as Patroni's for the primary. */
function heldWhyOf({ expected, verdict, members }: IncidentRecord, { server }: IncidentFacts): string | null {
  if (expected !== null) return `expected: ${expected.text}`;
  const isQuiet = verdict === "false-down" && members.some(({ key }) => server(key)?.tone === "quiet");
  return isQuiet ? "HAProxy's check asks for something else; with same-question: true it alerts" : null;
}
