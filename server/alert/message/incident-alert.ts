import { BOUNDS } from "../../bounds.ts";
import type { IncidentMemberRecord, IncidentRecord } from "../../contract/incident.ts";
import type { Alert, AlertMember } from "../../contract/notification.ts";
import { splitServerKey } from "../../contract/server-key.ts";
import { toServerMembers } from "../../contract/server-members.ts";
import type { ServerStatus } from "../../contract/status.ts";
import { toPlainLine } from "../plain-text.ts";
import { firingSentence, resolvedSentence } from "./incident-sentence.ts";

/** What is known of an incident beside its record, in the process that polls its servers. */
export interface IncidentFacts {
  /** The state of a server; null where it is not known in this process. */
  readonly server: (key: string) => ServerStatus | null;
  /** Servers of a backend; null where they are not known in this process. */
  readonly backendSize: (instance: string, backend: string) => number | null;
  readonly labels: (instance: string) => Readonly<Record<string, string>>;
  readonly publicUrl: string | null;
}

/** The alert of an incident. Times of the record are milliseconds since 1970. */
export function incidentAlert(record: IncidentRecord, facts: IncidentFacts): Alert {
  const { state, evidence } = record;
  const members = toServerMembers(record.members);
  const hasEnded = state.kind === "ended";
  const active = members.filter(isActive);
  const shown = hasEnded ? members : [...active, ...members.filter((member) => !isActive(member))];
  const worst = worstMember(shown);
  const server = worst === null ? null : facts.server(worst.key);
  const isCurrent = server !== null && server.verdict === record.verdict;
  const sessions = members.reduce((sum, { traffic }) => sum + traffic.counts.sessions, 0);
  const healthyLeft = worst?.traffic.healthyLeft ?? null;
  const input = {
    record,
    probe: isCurrent ? server.probe : evidence.probe,
    unit: worst?.traffic.unit === "requests" ? "request" : "session",
    backendSize: worst === null ? null : facts.backendSize(worst.instance, worst.backend),
    healthyLeft,
    haproxies: new Set(active.map(({ instance }) => instance)).size,
    sessions,
  };
  return {
    id: record.id,
    link: linkTo(facts.publicUrl, shown[0]?.key ?? null),
    name: record.verdict,
    isIncident: true,
    urgency: record.urgency,
    reason: record.reason,
    site: record.site,
    subject: toPlainLine(record.subject, BOUNDS.alertTextChars),
    origin: originOf(evidence.key),
    labels: collectLabels(members, facts),
    sentence: hasEnded ? resolvedSentence(input, state.at, state.end) : firingSentence(input),
    since: iso(record.suspectedAt),
    why: toPlainLine(record.sentence, BOUNDS.alertTextChars),
    members: shown.slice(0, BOUNDS.alertMembersNamed).map((member) => toMember(member, hasEnded)),
    memberCount: members.length,
    activeMembers: hasEnded ? 0 : active.length,
    sessions,
    healthyLeft,
    evidence: hasEnded ? [] : evidenceLines(record, isCurrent ? server : null),
    mitigate: !hasEnded && isCurrent ? toPlainLine(server.advice, BOUNDS.alertTextChars) : "",
    permanentFix: !hasEnded && isCurrent ? server.cure : [],
    acknowledgedBy: record.acknowledgement === null ? null : toPlainLine(record.acknowledgement.name, 80),
    resolved: hasEnded
      ? {
          at: iso(state.at),
          afterMs: Math.max(0, Math.round(state.at - record.suspectedAt)),
          noticedAfterMs: record.detectionLagMs === null ? null : Math.round(record.detectionLagMs),
        }
      : null,
  };
}

/** The server that the incident opened with: its members come and go. */
function originOf(key: string): Alert["origin"] {
  const names = splitServerKey(key);
  return {
    instance: names?.instance ?? null,
    backend: plainName(names?.backend),
    server: plainName(names?.server),
  };
}

/** The dashboard with this server open; null without `public-url`. */
export function linkTo(publicUrl: string | null, key: string | null): string | null {
  if (publicUrl === null || key === null) return publicUrl;
  return `${publicUrl}/?open=${encodeURIComponent(key).replaceAll("%2F", "/")}`;
}

/** HAProxy's last check, lines of the response that the probe got, and the command that repeats the probe. */
function evidenceLines({ evidence }: IncidentRecord, server: ServerStatus | null): readonly string[] {
  const check = server === null ? "" : [server.haproxy.checkStatus, server.haproxy.lastCheck].filter(Boolean).join(" ");
  const probe = server?.probe ?? evidence.probe;
  const lines = [
    check === "" ? "" : `HAProxy's last check: ${check}`,
    ...(probe?.body ?? "").slice(0, BOUNDS.probeBodyKeptBytes).split("\n"),
    probe?.detail ?? "",
    evidence.curl ?? "",
  ];
  return lines
    .map((line) => toPlainLine(line, BOUNDS.alertEvidenceLineChars))
    .filter((line) => line !== "")
    .slice(0, BOUNDS.alertEvidenceLines);
}

/** The one with the fewest healthy servers left, then with the most sessions. */
function worstMember(members: readonly IncidentMemberRecord[]): IncidentMemberRecord | null {
  const [first, ...others] = members;
  if (first === undefined) return null;
  return others.reduce((worst, next) => {
    if (isActive(worst) !== isActive(next)) return isActive(next) ? next : worst;
    const byLeft = next.traffic.healthyLeft - worst.traffic.healthyLeft;
    return byLeft < 0 || (byLeft === 0 && next.traffic.counts.sessions > worst.traffic.counts.sessions) ? next : worst;
  }, first);
}

function toMember(member: IncidentMemberRecord, hasEnded: boolean): AlertMember {
  const { key, instance, backend, server, since, traffic } = member;
  return {
    key: toPlainLine(key, BOUNDS.alertTextChars),
    instance,
    backend: plainName(backend) ?? "",
    server: plainName(server) ?? "",
    since: iso(since),
    active: !hasEnded && isActive(member),
    sessions: traffic.counts.sessions,
  };
}

function plainName(name: string | undefined): string | null {
  return name === undefined ? null : toPlainLine(name, BOUNDS.statNameMaxChars);
}

function isActive({ standing }: IncidentMemberRecord): boolean {
  return standing !== "agreed" && standing !== "out-of-service";
}

function collectLabels(
  members: readonly IncidentMemberRecord[],
  facts: IncidentFacts,
): Readonly<Record<string, readonly string[]>> {
  const labels = new Map<string, Set<string>>();
  for (const instance of new Set(members.map((member) => member.instance))) {
    for (const [name, value] of Object.entries(facts.labels(instance))) {
      labels.set(name, (labels.get(name) ?? new Set()).add(value));
    }
  }
  return Object.fromEntries(Array.from(labels, ([name, values]) => [name, [...values]]));
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
