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

/**
 * A person expects it, or HAProxy's check asks for something else than the probe, such as Patroni's for the primary. Whether
 * such a false-down alerts is known with its servers: until one is known after a start, it is held.
 */
function heldWhyOf({ expected, verdict, reason, members }: IncidentRecord, { server }: IncidentFacts): string | null {
  if (expected !== null) return `expected: ${expected.text}`;
  if (verdict !== "false-down") return null;
  const tones = members.flatMap(({ key }) => server(key)?.tone ?? []);
  const isQuiet = tones.length === 0 ? reason === "check-asks-something-else" : tones.includes("quiet");
  return isQuiet ? "HAProxy's check asks for something else; with same-question: true it alerts" : null;
}
