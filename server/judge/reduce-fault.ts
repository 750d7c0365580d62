import { BOUNDS } from "../bounds.ts";
import type { IncidentEvidence, IncidentRecord, MemberStanding, MismatchVerdict } from "../contract/incident.ts";
import { serverKey, type ServerName } from "../contract/server-key.ts";
import type { VantageName } from "../contract/vantage.ts";
import type { MergedVerdict, VantageWord } from "../contract/vantage-word.ts";
import type { IncidentFact, TrafficReading } from "./incident-fact.ts";
import { type IncidentEventType, type IncidentStep, reduceIncident } from "./incident.ts";
import { assessMember, healingDurationMs, isPastReopen } from "./incident-state.ts";
import { mergeVantages } from "./merge-vantages.ts";
import { readBody, readEvidence, readVantageWord, vantageLabel, type VantageRow } from "./read-vantage-word.ts";

/** What an incident is about, as in its fingerprint: `network verdict subject`. */
export interface FaultName {
  readonly network: string;
  readonly verdict: MismatchVerdict;
  readonly subject: string;
}

export interface FaultStep {
  /** Null where there was none and none opens; the same object where nothing changed. */
  readonly record: IncidentRecord | null;
  /** The event to plan messages for; null where a reader of events needs none. */
  readonly event: IncidentEventType | null;
  /** When time alone may decide more; null: not before something is said. */
  readonly againInMs: number | null;
}

/** What is known when a fault is reduced. */
export interface FaultRows {
  /** All rows of the servers that have the fault or are members of its incident. */
  readonly rows: readonly VantageRow[];
  /** All vantages that are not forgotten. */
  readonly vantages: readonly VantageName[];
}

/** One server with what each vantage says of it. */
interface MergedServer {
  readonly name: ServerName;
  readonly rows: readonly (VantageRow & { readonly word: VantageWord })[];
  readonly merged: MergedVerdict;
}

/** The fault of a fingerprint; null for another text. */
export function parseFault(fingerprint: string): FaultName | null {
  const [, network, verdict, subject] = /^(\S+) (false-up|false-down) (.+)$/s.exec(fingerprint) ?? [];
  if (network === undefined || verdict === undefined || subject === undefined) return null;
  return { network, verdict: verdict as MismatchVerdict, subject };
}

/**
 * Reduces what all vantages say of the servers of one fault to its incident, which has a member for each server and
 * vantage. Times are those of the store's clock. Pure: the same rows, record and time give the same step.
 */
export function reduceFault(
  fault: FaultName,
  record: IncidentRecord | null,
  { rows, vantages }: FaultRows,
  now: number,
  createId: () => string,
): FaultStep {
  const servers = mergeServers(rows, now);
  let step: IncidentStep = { record, event: null };
  const apply = (next: IncidentStep): void => {
    step = { record: next.record, event: strongerEvent(step.event, next.event) };
  };
  for (const fact of leavingFacts(record, servers, vantages)) apply(reduceIncident(step.record, fact, now));
  const worst = servers.find(({ merged }) => isConfirmed(merged, fault));
  for (const server of servers) {
    for (const row of inOrder(server)) {
      const { record: known } = step;
      const isMember = known?.members.some((member) => isSameMember(member, server, row.word)) === true;
      const standing = standingOf(row, server, fault);
      if (standing !== "failing" && !isMember) continue;
      const opens = standing === "failing" && (known === null || isPastReopen(known.state, now));
      const isExpected = row.verdict.judgement.expected;
      if (opens && isExpected) continue;
      apply(
        reduceIncident(
          known,
          {
            kind: "judged",
            opening: opens ? { id: createId(), evidence: toEvidence(server.name, row) } : null,
            ...fault,
            server: server.name,
            vantage: row.word.vantage,
            standing,
            // One for all members: they would take turns otherwise.
            reason: (worst ?? server).merged.reason,
            sentence: (worst ?? server).merged.sentence,
            since: row.word.since,
            suspectedAt: Math.min(
              ...server.rows.filter(({ verdict }) => verdict.fault !== null).map(({ word }) => word.since),
              now,
            ),
            traffic: toTraffic(row),
            haproxyDownAt: server.merged.verdict === "agree-down" ? row.word.saidAt : null,
          },
          now,
        ),
      );
    }
  }
  apply(reduceIncident(step.record, { kind: "time-passed" }, now));
  const settled = withVersion(record, step);
  return { ...settled, againInMs: untilNextStep(settled.record, servers, fault, now) };
}

/** A record that changed without an event, such as in its sentence, is a version of its own as well. */
function withVersion(before: IncidentRecord | null, { record, event }: IncidentStep): IncidentStep {
  if (record === null || before === null || event !== null || record === before) return { record, event };
  return { record: { ...record, version: before.version + 1, changedAt: record.changedAt }, event };
}

function mergeServers(rows: readonly VantageRow[], now: number): readonly MergedServer[] {
  const groups = Map.groupBy(rows, ({ verdict: { server } }) =>
    JSON.stringify([server.site, server.instance, server.backend, server.server]),
  );
  return [...groups]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, group]) => {
      const [first] = group;
      const words = group.map((row) => ({ ...row, word: readVantageWord(row) }));
      const merged = mergeVantages(
        words.map(({ word }) => word),
        now,
      );
      if (first === undefined || merged === null) return [];
      const { site, instance, backend, server } = first.verdict.server;
      return [
        { name: { key: serverKey(instance, backend, server), site, instance, backend, server }, rows: words, merged },
      ];
    });
}

/** The vantage that decided first, since an incident opens with its evidence. */
function inOrder({ rows, merged }: MergedServer): MergedServer["rows"] {
  return rows.toSorted(
    (a, b) => rank(a.word, merged) - rank(b.word, merged) || (a.word.vantage < b.word.vantage ? -1 : 1),
  );
}

function rank({ vantage }: VantageWord, { deciding }: MergedVerdict): number {
  return vantage === deciding ? 0 : 1;
}

function standingOf(
  { verdict, word }: VantageRow & { readonly word: VantageWord },
  { merged }: MergedServer,
  fault: FaultName,
): MemberStanding {
  if (merged.counted.length === 0) return "undecided";
  if (!isConfirmed(merged, fault)) return assessMember(merged, fault.verdict);
  if (!merged.counted.includes(word.vantage)) return "undecided";
  if (!merged.speaking.includes(word.vantage)) return "agreed";
  // It may have another fault by now, such as that of another address.
  const isOther = verdict.fault !== null && verdict.fault !== `${fault.network} ${fault.verdict} ${fault.subject}`;
  return isOther ? "agreed" : "failing";
}

function isConfirmed({ verdict, phase, counted }: MergedVerdict, fault: FaultName): boolean {
  return counted.length > 0 && verdict === fault.verdict && phase === "confirmed";
}

/** Members of which their vantage has no row any more. */
function* leavingFacts(
  record: IncidentRecord | null,
  servers: readonly MergedServer[],
  vantages: readonly VantageName[],
): Iterable<IncidentFact> {
  for (const member of record?.members ?? []) {
    const isPresent = servers.some((server) => server.rows.some(({ word }) => isSameMember(member, server, word)));
    if (isPresent) continue;
    const { key, vantage } = member;
    const isForgotten = !vantages.some((by) => vantageLabel({ by, server: member }) === vantage);
    const end = vantage !== undefined && isForgotten ? "no-longer-judged" : "removed";
    yield { kind: "member-left", key, end, ...(vantage === undefined ? {} : { vantage }) };
  }
}

function isSameMember(
  { key, site, vantage }: IncidentRecord["members"][number],
  { name }: MergedServer,
  word: VantageWord,
): boolean {
  return key === name.key && site === name.site && vantage === word.vantage;
}

const NO_READING: TrafficReading = {
  unit: "sessions",
  counts: null,
  baseline: null,
  held: 0,
  standby: false,
  healthyLeft: 1,
  backupsInUse: 0,
};

/** What the vantage counted, or what its server object said before it counted. */
function toTraffic({ verdict }: VantageRow): TrafficReading {
  if (verdict.traffic != null) return verdict.traffic;
  const status = readBody(verdict.body);
  if (status === null) return NO_READING;
  const { unit, healthyLeft, held } = status.misrouted;
  return { ...NO_READING, unit, healthyLeft, held, standby: status.haproxy.backup && !status.haproxy.usable };
}

/** What both sources said: as the vantage recorded it, else as far as the server object says it. */
function toEvidence(
  { key }: ServerName,
  { verdict, word }: VantageRow & { readonly word: VantageWord },
): IncidentEvidence {
  const recorded = readEvidence(verdict.body);
  if (recorded !== null) return { ...recorded, key };
  const status = readBody(verdict.body);
  if (status === null) return { key, row: [], probe: null, curl: null, socat: null };
  const { haproxy, probe } = status;
  const columns = { status: haproxy.status, check_status: haproxy.checkStatus, last_chk: haproxy.lastCheck };
  const row = Object.entries(columns).flatMap(([name, value]) =>
    value === null || value === "" ? [] : [{ name, value }],
  );
  const { outcome, kind, stage, url } = probe;
  if (outcome === "pending" || outcome === "skipped" || kind === null || url === null) {
    return { key, row, probe: null, curl: null, socat: null };
  }
  const evidence = {
    vantage: word.vantage,
    outcome,
    kind,
    stage: (stage ?? "answer") as "connect" | "tls" | "answer",
    url,
    httpStatus: probe.httpStatus,
    failing: probe.failing,
    detail: probe.detail,
    body: probe.body.slice(0, BOUNDS.evidenceBodyChars),
  };
  return { key, row, probe: evidence, curl: null, socat: null };
}

const EVENT_ORDER: readonly (IncidentEventType | null)[] = [
  null,
  "incident-counted",
  "incident-changed",
  "incident-opened",
];

/** The event that stands for several: an end is the last of them. */
function strongerEvent(a: IncidentEventType | null, b: IncidentEventType | null): IncidentEventType | null {
  if (b === "incident-ended" || a === "incident-ended") return b ?? a;
  return EVENT_ORDER.indexOf(b) > EVENT_ORDER.indexOf(a) ? b : a;
}

function untilNextStep(
  record: IncidentRecord | null,
  servers: readonly MergedServer[],
  fault: FaultName,
  now: number,
): number | null {
  if (record?.state.kind === "healing") {
    const { since, flaps, end } = record.state;
    return Math.max(0, since + healingDurationMs(flaps, end) - now);
  }
  // One has made up its mind, and another has not been heard since: its next heartbeat decides.
  const isAwaited = servers.some(
    ({ merged, rows }) =>
      merged.verdict === fault.verdict &&
      merged.phase !== "confirmed" &&
      rows.some(({ word }) => word.phase === "confirmed"),
  );
  return isAwaited ? BOUNDS.vantageMergeAgainMs : null;
}
