import type { Incident, IncidentRecord } from "../contract/incident.ts";
import { isActiveMember } from "../judge/incident.ts";

/** An incident as it leaves the process; `iso` turns a time of the record into text. */
export function toIncident(record: IncidentRecord, iso: (at: number) => string): Incident {
  const { state, members } = record;
  const isEnded = state.kind === "ended";
  return {
    id: record.id,
    state: state.kind,
    verdict: record.verdict,
    reason: record.reason,
    subject: record.subject,
    sentence: record.sentence,
    members: members.map((member) => ({
      key: member.key,
      instance: member.instance,
      backend: member.backend,
      server: member.server,
      since: iso(member.since),
      active: !isEnded && isActiveMember(member),
      sessions: member.sessions,
    })),
    suspectedAt: iso(record.suspectedAt),
    confirmedAt: iso(record.confirmedAt),
    endedAt: isEnded ? iso(state.at) : null,
    end: isEnded ? state.end : null,
    flaps: state.flaps,
    detectionLagMs: record.detectionLagMs === null ? null : Math.round(record.detectionLagMs),
    sessions: members.reduce((sum, { sessions }) => sum + sessions, 0),
    changes: record.changes.map(({ at, what, text }) => ({ at: iso(at), what, text })),
  };
}
