import type { Incident, IncidentBackend, IncidentRecord, IncidentRemark } from "../contract/incident.ts";
import { toServerMembers } from "../contract/server-members.ts";
import { type BackendTraffic, groupByBackend, shareOf } from "../judge/backend-traffic.ts";
import { isActiveMember } from "../judge/incident.ts";

/** An incident as it leaves the process; `iso` turns a time of the record into text. */
export function toIncident(record: IncidentRecord, iso: (at: number) => string): Incident {
  const { state, members } = record;
  const servers = toServerMembers(members);
  const isEnded = state.kind === "ended";
  const remark = ({ at, name, text }: IncidentRemark<number>): IncidentRemark => ({ at: iso(at), name, text });
  return {
    id: record.id,
    version: record.version,
    site: record.site,
    state: state.kind,
    verdict: record.verdict,
    reason: record.reason,
    subject: record.subject,
    sentence: record.sentence,
    urgency: record.urgency,
    members: members.map((member) => ({
      key: member.key,
      instance: member.instance,
      backend: member.backend,
      server: member.server,
      vantage: member.vantage ?? null,
      since: iso(member.since),
      active: !isEnded && isActiveMember(member),
      sessions: member.traffic.counts.sessions,
      held: member.traffic.held,
    })),
    backends: groupByBackend(members).map(toIncidentBackend),
    suspectedAt: iso(record.suspectedAt),
    confirmedAt: iso(record.confirmedAt),
    endedAt: isEnded ? iso(state.at) : null,
    end: isEnded ? state.end : null,
    flaps: state.flaps,
    detectionLagMs: record.detectionLagMs === null ? null : Math.round(record.detectionLagMs),
    sessions: servers.reduce((sum, { traffic }) => sum + traffic.counts.sessions, 0),
    held: servers.reduce((sum, { traffic }) => sum + traffic.held, 0),
    evidence: record.evidence,
    acknowledgement: record.acknowledgement === null ? null : remark(record.acknowledgement),
    expected: record.expected === null ? null : remark(record.expected),
    notes: record.notes.map(remark),
    changes: record.changes.map(({ at, what, who, text }) => ({ at: iso(at), what, who, text })),
  };
}

function toIncidentBackend({ counts, ...traffic }: BackendTraffic): IncidentBackend {
  return {
    instance: traffic.instance,
    backend: traffic.backend,
    unit: traffic.unit,
    sessions: counts.sessions,
    held: traffic.held,
    share: shareOf(counts),
    healthyLeft: traffic.healthyLeft,
    backupsInUse: traffic.backupsInUse,
    connectErrors: counts.connectErrors,
    responseErrors: counts.responseErrors,
    responses5xx: counts.responses5xx,
  };
}
