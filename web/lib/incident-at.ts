import type { Incident, IncidentRemark } from "../../server/contract/incident.ts";

/**
 * An incident as it was at a past moment, from its changes, and from its times where a list leaves those out; null before it
 * was confirmed. `sessions` and `held` are of its end.
 */
export function incidentAt(incident: Incident, at: number): Incident | null {
  if (Date.parse(incident.confirmedAt) > at) return null;
  const members = incident.members.filter(({ since }) => Date.parse(since) <= at);
  const notes = incident.notes.filter((note) => Date.parse(note.at) <= at);
  if (incident.changes.length === 0) return { ...briefIncidentAt(incident, at), members, notes };
  let state: Incident["state"] = "open";
  let flaps = 0;
  let endedAt: string | null = null;
  let acknowledgement: IncidentRemark | null = null;
  let expected: IncidentRemark | null = null;
  const changes = incident.changes.filter((change) => Date.parse(change.at) <= at);
  for (const { at: when, what, who, text } of changes) {
    const remark = { at: when, name: who ?? "", text };
    if (what === "healing") state = "healing";
    else if (what === "ended") [state, endedAt] = ["ended", when];
    else if (what === "relapsed" || what === "reopened") [state, endedAt, flaps] = ["open", null, flaps + 1];
    else if (what === "acknowledged") acknowledgement = remark;
    else if (what === "expected") expected = remark;
    else if (what === "not-expected") expected = null;
  }
  const end = endedAt === null ? null : incident.end;
  return { ...incident, state, flaps, endedAt, end, acknowledgement, expected, members, notes, changes };
}

function briefIncidentAt(incident: Incident, at: number): Incident {
  const { endedAt, acknowledgement, expected } = incident;
  const isUntil = (remark: IncidentRemark): boolean => Date.parse(remark.at) <= at;
  const isEnded = endedAt !== null && Date.parse(endedAt) <= at;
  return {
    ...incident,
    ...(isEnded ? {} : { state: "open" as const, endedAt: null, end: null }),
    acknowledgement: acknowledgement !== null && isUntil(acknowledgement) ? acknowledgement : null,
    expected: expected !== null && isUntil(expected) ? expected : null,
  };
}
