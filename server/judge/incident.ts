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
  return toStep(record, advance(applyFact(record, fact, now), now));
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

function applyFact(record: IncidentRecord, fact: IncidentFact, now: number): IncidentRecord {
  switch (fact.kind) {
    case "judged":
      return applyJudged(record, fact, now);
    case "sessions-counted":
      return countSessions(record, fact.key, fact.sessions);
    case "member-left":
      return removeMember(record, fact.key, fact.end, now);
    case "time-passed":
      return record;
  }
}

function applyJudged(record: IncidentRecord, fact: MemberJudged, now: number): IncidentRecord {
  const { key } = fact.server;
  const index = record.members.findIndex((member) => member.key === key);
  const before = record.members[index];
  const isFailing = fact.standing === "failing";
  if (before === undefined && (!isFailing || record.members.length >= BOUNDS.incidentMembersMax)) return record;
  const joins = before === undefined || (isFailing && !isActiveMember(before));
  const member = toMember(fact, joins ? fact.since : before.since, before?.sessions);
  let next = record;
  if (before === undefined) next = { ...next, members: [...next.members, member] };
  else if (!isSameMember(before, member)) next = { ...next, members: next.members.with(index, member) };
  if (fact.haproxyDownAt !== null && before !== undefined && isActiveMember(before) && !isActiveMember(member)) {
    next = { ...next, detectionLagMs: next.detectionLagMs ?? Math.max(0, fact.haproxyDownAt - next.suspectedAt) };
  }
  // The return of an only member is recorded as a relapse.
  if (joins && next.members.length > 1) next = addChange(next, "member-joined", key, now);
  if (!isFailing || fact.reason === next.reason) return next;
  return addChange({ ...next, reason: fact.reason, sentence: fact.sentence }, "reason", fact.sentence, now);
}

function removeMember(
  record: IncidentRecord,
  key: ServerKey,
  end: "removed" | "address-changed",
  now: number,
): IncidentRecord {
  const leaving = record.members.find((member) => member.key === key);
  if (leaving === undefined || record.state.kind === "ended") return record;
  const next = addChange(record, "member-left", `${key} ${end}`, now);
  const members = record.members.filter((member) => member !== leaving);
  if (members.length > 0) return { ...next, members };
  // The last member stays in the record, since an ended incident still names its servers.
  const ended: IncidentRecord = {
    ...next,
    members: [{ ...leaving, standing: end }],
    state: { kind: "ended", flaps: record.state.flaps, at: now, end },
  };
  return addChange(ended, "ended", end, now);
}

function countSessions(record: IncidentRecord, key: ServerKey, sessions: number): IncidentRecord {
  const index = record.members.findIndex((member) => member.key === key);
  const member = record.members[index];
  if (member === undefined || sessions <= member.sessions) return record;
  return { ...record, members: record.members.with(index, { ...member, sessions }) };
}

/** Lets the state follow the standing of the members and the time. */
function advance(record: IncidentRecord, now: number): IncidentRecord {
  const { state, members, sentence } = record;
  const standings = members.map(({ standing }) => standing);
  const next = stepIncident(state, standings, now);
  if (next === state) return record;
  const moved = { ...record, state: next };
  if (next.kind === state.kind) return moved;
  if (next.kind === "open") return addChange(moved, state.kind === "ended" ? "reopened" : "relapsed", sentence, now);
  return addChange(moved, next.kind, next.end, now);
}

function addChange(record: IncidentRecord, what: IncidentChange["what"], text: string, at: number): IncidentRecord {
  const changes = [...record.changes, { at, what, text }];
  // The first change, the opening, is kept.
  if (changes.length > BOUNDS.incidentChangesKept) changes.splice(1, 1);
  return { ...record, changes };
}

/** Counts of sessions, and standings that stay active or inactive, are kept without an event. */
function toStep(before: IncidentRecord, after: IncidentRecord): IncidentStep {
  const isNews = after.changes !== before.changes || countActive(after) !== countActive(before);
  if (!isNews) return { record: after, event: null };
  const record = { ...after, version: before.version + 1 };
  const [was, is] = [before.state.kind, after.state.kind];
  if (is === "ended" && was !== "ended") return { record, event: "incident-ended" };
  return { record, event: was === "ended" && is !== "ended" ? "incident-opened" : "incident-changed" };
}

function countActive({ members }: IncidentRecord): number {
  return members.reduce((count, member) => count + Number(isActiveMember(member)), 0);
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
