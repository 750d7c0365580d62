import { BOUNDS } from "../bounds.ts";
import type {
  IncidentChange,
  IncidentMemberRecord,
  IncidentRecord,
  MemberStanding,
  MismatchVerdict,
} from "../contract/incident.ts";
import type { Reason } from "../contract/reason.ts";
import type { ServerKey, ServerName } from "../contract/server-key.ts";
import { isPastReopen, stepIncident } from "./incident-state.ts";

/** A server was judged: it has the fault of the incident, had it, or could have it again. */
export interface MemberJudged {
  readonly kind: "judged";
  /** Id of the incident that this fact opens, where it opens one. */
  readonly newId: string;
  readonly verdict: MismatchVerdict;
  readonly network: string;
  readonly subject: string;
  readonly server: ServerName;
  readonly standing: MemberStanding;
  readonly reason: Reason | null;
  /** Used where the standing is `failing`. */
  readonly sentence: string;
  /** When the verdict of this server began, and when it was first suspected. */
  readonly since: number;
  readonly suspectedAt: number;
  readonly sessions: number;
  /** When HAProxy itself took the server out; null while it uses it. */
  readonly haproxyDownAt: number | null;
}

/** What can happen to an incident. Times are in the time base of its record. */
export type IncidentFact =
  | MemberJudged
  | { readonly kind: "sessions-counted"; readonly key: ServerKey; readonly sessions: number }
  | { readonly kind: "member-left"; readonly key: ServerKey; readonly end: "removed" | "address-changed" }
  | { readonly kind: "time-passed" };

export type IncidentEventType = "incident-opened" | "incident-changed" | "incident-ended";

export interface IncidentStep {
  /** Null where there was none and the fact opens none. The same object where nothing happened. */
  readonly record: IncidentRecord | null;
  /** The event to emit with the record; null where nothing changed that a reader of events needs. */
  readonly event: IncidentEventType | null;
}

/** Applies one fact to an incident. Pure: the same record, fact and time give the same step. */
export function reduceIncident(record: IncidentRecord | null, fact: IncidentFact, now: number): IncidentStep {
  if (fact.kind === "judged" && (record === null || isPastReopen(record.state, now))) {
    return fact.standing === "failing"
      ? { record: openIncident(fact, now), event: "incident-opened" }
      : { record, event: null };
  }
  if (record === null) return { record, event: null };
  const draft = { record, changed: false };
  switch (fact.kind) {
    case "judged":
      applyJudged(draft, fact, now);
      break;
    case "sessions-counted":
      draft.record = countSessions(record, fact.key, fact.sessions);
      return { record: draft.record, event: null };
    case "member-left":
      applyLeft(draft, fact.key, fact.end, now);
      break;
    case "time-passed":
      break;
  }
  advance(draft, now);
  return finish(record, draft);
}

/** The record as a new process continues it: until a member is judged again, nothing is known of it. */
export function restoreIncident(record: IncidentRecord): IncidentRecord {
  if (record.state.kind === "ended") return record;
  return { ...record, members: record.members.map((member) => ({ ...member, standing: "undecided" })) };
}

/** True while the member counts as having the fault. */
export function isActiveMember({ standing }: IncidentMemberRecord): boolean {
  return standing !== "agreed" && standing !== "out-of-service";
}

interface Draft {
  record: IncidentRecord;
  /** Something changed besides session counts and the standing of members that stay active. */
  changed: boolean;
}

function openIncident(fact: MemberJudged, now: number): IncidentRecord {
  return {
    id: fact.newId,
    version: 1,
    site: fact.server.site,
    network: fact.network,
    subject: fact.subject,
    verdict: fact.verdict,
    state: { kind: "open", flaps: 0 },
    reason: fact.reason,
    sentence: fact.sentence,
    suspectedAt: fact.suspectedAt,
    confirmedAt: now,
    detectionLagMs: null,
    members: [toMember(fact, fact.since)],
    changes: [{ at: now, what: "confirmed", text: fact.sentence }],
  };
}

function applyJudged(draft: Draft, fact: MemberJudged, now: number): void {
  const { record } = draft;
  const index = record.members.findIndex(({ key }) => key === fact.server.key);
  const before = record.members[index];
  const failing = fact.standing === "failing";
  if (before === undefined && (!failing || record.members.length >= BOUNDS.incidentMembersMax)) return;
  const joins = failing && (before === undefined || !isActiveMember(before));
  const member = toMember(fact, before === undefined || joins ? fact.since : before.since, before?.sessions);
  if (before === undefined) draft.record = { ...record, members: [...record.members, member] };
  else if (!isSameMember(before, member)) draft.record = { ...record, members: record.members.with(index, member) };
  if (before !== undefined && isActiveMember(before) && !isActiveMember(member)) {
    draft.changed = true;
    if (fact.haproxyDownAt !== null && record.detectionLagMs === null) {
      const detectionLagMs = Math.max(0, fact.haproxyDownAt - record.suspectedAt);
      draft.record = { ...draft.record, detectionLagMs };
    }
  }
  if (joins && record.members.length > (before === undefined ? 0 : 1)) {
    recordChange(draft, "member-joined", fact.server.key, now);
  }
  if (failing && fact.reason !== record.reason) {
    draft.record = { ...draft.record, reason: fact.reason, sentence: fact.sentence };
    recordChange(draft, "reason", fact.sentence, now);
  }
}

function applyLeft(draft: Draft, key: ServerKey, end: "removed" | "address-changed", now: number): void {
  const { record } = draft;
  const leaving = record.members.find((member) => member.key === key);
  if (leaving === undefined || record.state.kind === "ended") return;
  recordChange(draft, "member-left", `${key} ${end}`, now);
  const members = record.members.filter((member) => member !== leaving);
  if (members.length > 0) {
    draft.record = { ...draft.record, members };
    return;
  }
  // The last member stays in the record, since an ended incident still names its servers.
  draft.record = {
    ...draft.record,
    members: [{ ...leaving, standing: end }],
    state: { kind: "ended", flaps: record.state.flaps, at: now, end },
  };
  recordChange(draft, "ended", end, now);
}

function countSessions(record: IncidentRecord, key: ServerKey, sessions: number): IncidentRecord {
  const index = record.members.findIndex((member) => member.key === key);
  const member = record.members[index];
  if (member === undefined || sessions <= member.sessions) return record;
  return { ...record, members: record.members.with(index, { ...member, sessions }) };
}

/** Lets the state follow the standing of the members and the time. */
function advance(draft: Draft, now: number): void {
  const { state, members, sentence } = draft.record;
  const standings = members.map(({ standing }) => standing);
  const next = stepIncident(state, standings, now);
  if (next === state) return;
  draft.record = { ...draft.record, state: next };
  if (next.kind === state.kind) return;
  if (next.kind === "open") recordChange(draft, state.kind === "ended" ? "reopened" : "relapsed", sentence, now);
  else recordChange(draft, next.kind, next.end, now);
}

function recordChange(draft: Draft, what: IncidentChange["what"], text: string, now: number): void {
  const changes = [...draft.record.changes, { at: now, what, text }];
  // The first change, the opening, is kept.
  if (changes.length > BOUNDS.incidentChangesKept) changes.splice(1, 1);
  draft.record = { ...draft.record, changes };
  draft.changed = true;
}

function finish(before: IncidentRecord, { record, changed }: Draft): IncidentStep {
  if (!changed) return { record, event: null };
  const next = { ...record, version: before.version + 1 };
  if (next.state.kind === "ended" && before.state.kind !== "ended") return { record: next, event: "incident-ended" };
  const reopened = before.state.kind === "ended" && next.state.kind !== "ended";
  return { record: next, event: reopened ? "incident-opened" : "incident-changed" };
}

function toMember(
  { server, standing, sessions }: MemberJudged,
  since: number,
  sessionsBefore = 0,
): IncidentMemberRecord {
  const { key, site, instance, backend, server: name } = server;
  return { key, site, instance, backend, server: name, since, standing, sessions: Math.max(sessions, sessionsBefore) };
}

function isSameMember(a: IncidentMemberRecord, b: IncidentMemberRecord): boolean {
  return a.since === b.since && a.standing === b.standing && a.sessions === b.sessions;
}
