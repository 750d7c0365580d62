import { BOUNDS } from "../bounds.ts";
import type { IncidentMemberRecord, IncidentRecord, MemberTraffic } from "../contract/incident.ts";
import type { ServerKey } from "../contract/server-key.ts";
import { addChange } from "./incident-change.ts";
import type { IncidentFact, IncidentOpening, MemberJudged, TrafficReading } from "./incident-fact.ts";
import { applyAction } from "./incident-action.ts";
import { isPastReopen, stepIncident } from "./incident-state.ts";
import { assessUrgency } from "./incident-urgency.ts";
import { isRebased, isSameTraffic, mergeTraffic } from "./member-traffic.ts";

/** `incident-counted`: only the traffic changed; emitted from time to time, so that a later process goes on from there. */
export type IncidentEventType = "incident-opened" | "incident-changed" | "incident-counted" | "incident-ended";

export interface IncidentStep {
  /** Null where there was none and the fact opens none. The same object where nothing happened. */
  readonly record: IncidentRecord | null;
  /** The event to emit with the record; null where nothing changed that a reader of events needs. */
  readonly event: IncidentEventType | null;
}

/** Applies one fact to an incident. Pure: the same record, fact and time give the same step. */
export function reduceIncident(record: IncidentRecord | null, fact: IncidentFact, now: number): IncidentStep {
  if (fact.kind === "judged" && (record === null || isPastReopen(record.state, now))) {
    if (fact.standing !== "failing" || fact.opening === null) return { record, event: null };
    return { record: openIncident(fact, fact.opening, now), event: "incident-opened" };
  }
  if (record === null) return { record, event: null };
  return toStep(record, advance(record, applyFact(record, fact, now), now), now, fact.kind === "counts-due");
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

function openIncident(fact: MemberJudged, { id, evidence }: IncidentOpening, now: number): IncidentRecord {
  const members = [toMember(fact, fact.since)];
  return {
    id,
    version: 1,
    changedAt: now,
    site: fact.server.site,
    network: fact.network,
    subject: fact.subject,
    verdict: fact.verdict,
    state: { kind: "open", flaps: 0 },
    reason: fact.reason,
    sentence: fact.sentence,
    urgency: assessUrgency(members, "warning")?.urgency ?? "warning",
    suspectedAt: fact.suspectedAt,
    confirmedAt: now,
    detectionLagMs: null,
    evidence,
    acknowledgement: null,
    expected: null,
    notes: [],
    members,
    changes: [{ n: 1, at: now, what: "confirmed", who: null, text: fact.sentence }],
  };
}

function applyFact(record: IncidentRecord, fact: IncidentFact, now: number): IncidentRecord {
  switch (fact.kind) {
    case "judged":
      return applyJudged(record, fact, now);
    case "traffic-counted":
      return countTraffic(record, fact.key, fact.traffic);
    case "member-left":
      return removeMember(record, fact, now);
    case "resumed":
      if (record.state.kind === "ended") return record;
      return addChange(record, "resumed", `not observed for ${Math.round(fact.unobservedMs / 1_000)} s`, now);
    case "acknowledged":
    case "noted":
    case "marked-expected":
      return applyAction(record, fact, now);
    case "counts-due":
    case "time-passed":
      return record;
  }
}

function applyJudged(record: IncidentRecord, fact: MemberJudged, now: number): IncidentRecord {
  const { key } = fact.server;
  const index = record.members.findIndex((member) => member.key === key && member.vantage === fact.vantage);
  const before = record.members[index];
  const isFailing = fact.standing === "failing";
  if (before === undefined && (!isFailing || record.members.length >= BOUNDS.incidentMembersMax)) return record;
  const joins = before === undefined || (isFailing && !isActiveMember(before));
  const member = toMember(fact, joins ? fact.since : before.since, before?.traffic);
  let next = record;
  if (before === undefined) next = { ...next, members: [...next.members, member] };
  else if (!isSameMember(before, member)) next = { ...next, members: next.members.with(index, member) };
  if (fact.haproxyDownAt !== null && before !== undefined && isActiveMember(before) && !isActiveMember(member)) {
    next = { ...next, detectionLagMs: next.detectionLagMs ?? Math.max(0, fact.haproxyDownAt - next.suspectedAt) };
  }
  // The return of an only member is recorded as a relapse.
  if (joins && next.members.length > 1) next = addChange(next, "member-joined", memberText(member), now);
  // What several vantages say is said anew with each of them.
  if (isFailing && fact.vantage !== undefined && fact.sentence !== next.sentence)
    next = { ...next, sentence: fact.sentence };
  if (!isFailing || fact.reason === next.reason) return next;
  return addChange({ ...next, reason: fact.reason, sentence: fact.sentence }, "reason", fact.sentence, now);
}

function removeMember(
  record: IncidentRecord,
  { key, vantage, end }: Extract<IncidentFact, { kind: "member-left" }>,
  now: number,
): IncidentRecord {
  const leaving = record.members.find((member) => member.key === key && member.vantage === vantage);
  if (leaving === undefined || record.state.kind === "ended") return record;
  const next = addChange(record, "member-left", `${memberText(leaving)} ${end}`, now);
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

function countTraffic(record: IncidentRecord, key: ServerKey, reading: TrafficReading): IncidentRecord {
  const index = record.members.findIndex((member) => member.key === key);
  const member = record.members[index];
  if (member === undefined || record.state.kind === "ended") return record;
  const traffic = mergeTraffic(member.traffic, reading);
  if (isSameTraffic(member.traffic, traffic)) return record;
  return { ...record, members: record.members.with(index, { ...member, traffic }) };
}

/** Lets state and urgency follow the members, and the state of a healing incident the time. */
function advance(before: IncidentRecord, record: IncidentRecord, now: number): IncidentRecord {
  const { state, members, sentence } = record;
  if (members === before.members && state.kind !== "healing") return record;
  const standings = members.map(({ standing }) => standing);
  const next = stepIncident(state, standings, now);
  if (next === state) return updateUrgency(record, now);
  const moved = { ...record, state: next };
  if (next.kind === state.kind) return moved;
  if (next.kind !== "open") return addChange(moved, next.kind, next.end, now);
  return updateUrgency(addChange(moved, state.kind === "ended" ? "reopened" : "relapsed", sentence, now), now);
}

function updateUrgency(record: IncidentRecord, now: number): IncidentRecord {
  const assessed = record.state.kind === "open" ? assessUrgency(record.members, record.urgency) : null;
  if (assessed === null || assessed.urgency === record.urgency) return record;
  const { urgency, text } = assessed;
  return addChange({ ...record, urgency }, "urgency", `${urgency}: ${text}`, now);
}

function toStep(before: IncidentRecord, after: IncidentRecord, now: number, isLast: boolean): IncidentStep {
  const isNews =
    after.changes !== before.changes ||
    after.notes !== before.notes ||
    (after.members !== before.members && countActive(after) !== countActive(before));
  if (!isNews && !isLast && !isCountDue(before, after, now)) return { record: after, event: null };
  const record = { ...after, version: before.version + 1, changedAt: now };
  if (!isNews) return { record, event: "incident-counted" };
  const [was, is] = [before.state.kind, after.state.kind];
  if (is === "ended" && was !== "ended") return { record, event: "incident-ended" };
  return { record, event: was === "ended" && is !== "ended" ? "incident-opened" : "incident-changed" };
}

/**
 * Traffic is reported now and then, and at once where much may have come: after a time without a process, and where
 * HAProxy's counters began anew, which a later process could not detect.
 */
function isCountDue(before: IncidentRecord, after: IncidentRecord, now: number): boolean {
  if (after.members === before.members) return false;
  if (now - before.changedAt >= BOUNDS.incidentCountsEveryMs) return true;
  return after.members.some((member, index) => {
    const known = before.members[index];
    return known !== undefined && (isJudgedAgain(known, member) || isRebased(known.traffic, member.traffic));
  });
}

function isJudgedAgain(before: IncidentMemberRecord, after: IncidentMemberRecord): boolean {
  return before.standing === "undecided" && after.standing === "failing" && before.traffic !== after.traffic;
}

function countActive({ members }: IncidentRecord): number {
  return members.reduce((count, member) => count + Number(isActiveMember(member)), 0);
}

function memberText({ key, vantage }: Pick<IncidentMemberRecord, "key" | "vantage">): string {
  return vantage === undefined ? key : `${key} from ${vantage}`;
}

function toMember(
  { server, vantage, standing, traffic: reading }: MemberJudged,
  since: number,
  before?: MemberTraffic,
): IncidentMemberRecord {
  const { key, site, instance, backend, server: name } = server;
  // After a restart the baseline is kept until the member is judged.
  const isKept = before !== undefined && standing === "undecided" && reading.counts === null;
  const traffic = isKept ? before : mergeTraffic(before, reading);
  const member = { key, site, instance, backend, server: name, since, standing, traffic };
  return vantage === undefined ? member : { ...member, vantage };
}

function isSameMember(a: IncidentMemberRecord, b: IncidentMemberRecord): boolean {
  return a.since === b.since && a.standing === b.standing && isSameTraffic(a.traffic, b.traffic);
}
