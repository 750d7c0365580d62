import { type Finding, QUOTING_FINDING_CODES } from "../contract/finding.ts";
import type { Incident } from "../contract/incident.ts";
import type { Principal } from "../contract/principal.ts";
import { type InstanceName, splitServerKey } from "../contract/server-key.ts";
import type { FleetSummary, InstanceStatus, ProbeSide, ServerStatus } from "../contract/status.ts";
import { matchesPatterns } from "../match.ts";

/** What visibility needs to know of the fleet. */
export interface FleetFacts {
  /** The label `team` of an instance; null for none. */
  readonly teamOf: (instance: InstanceName) => string | null;
  /** Counts servers, and says the worst in one sentence. */
  readonly summarize: (servers: Iterable<ServerStatus>, instances: readonly InstanceStatus[]) => FleetSummary;
}

/** What one sender sees of the fleet, the same in REST, both streams and the metrics. */
export interface Visibility {
  /** Equal for senders who see the same; empty for those who see everything. */
  readonly key: string;
  readonly seesAllInstances: boolean;
  readonly seesDetails: boolean;
  sees(instance: InstanceName): boolean;
  /** The row without what the sender may not see. */
  server(row: ServerStatus): ServerStatus;
  instance(row: InstanceStatus): InstanceStatus;
  /** Null where it is about another instance, or about haprobe as a whole. */
  finding(finding: Finding): Finding | null;
  /** Null where none of its members is visible; else with the visible ones. */
  incident(incident: Incident): Incident | null;
  /** That of the whole fleet, or of the visible part of it. */
  summary(whole: FleetSummary, servers: readonly ServerStatus[], instances: readonly InstanceStatus[]): FleetSummary;
}

/** Sees everything. */
export const FULL_VISIBILITY: Visibility = {
  key: "",
  seesAllInstances: true,
  seesDetails: true,
  sees: () => true,
  server: (row) => row,
  instance: (row) => row,
  finding: (finding) => finding,
  incident: (incident) => incident,
  summary: (whole) => whole,
};

/** What this sender sees. */
export function visibilityOf(principal: Principal, { teamOf, summarize }: FleetFacts): Visibility {
  const { instances, teams, seesDetails } = principal;
  const seesAllInstances = instances === null && teams === null;
  if (seesAllInstances && seesDetails) return FULL_VISIBILITY;

  function sees(instance: InstanceName): boolean {
    if (instances !== null && !matchesPatterns(instances, instance)) return false;
    return teams === null || teams.includes(teamOf(instance) ?? "");
  }

  return {
    key: JSON.stringify([instances, teams, seesDetails]),
    seesAllInstances,
    seesDetails,
    sees,
    server: seesDetails ? (row) => row : withoutServerDetails,
    instance: seesDetails ? (row) => row : withoutInstanceDetails,
    finding(finding) {
      const { instance } = finding.subject;
      if (!seesAllInstances && (instance === null || !sees(instance))) return null;
      return seesDetails ? finding : withoutFindingDetails(finding);
    },
    incident(incident) {
      const members = incident.members.filter((member) => sees(member.instance));
      if (members.length === 0 && !seesAllInstances) return null;
      const isPart = members.length < incident.members.length;
      const visible = isPart
        ? { ...incident, members, backends: incident.backends.filter((backend) => sees(backend.instance)), changes: [] }
        : incident;
      const { key } = incident.evidence;
      const isOthers = !sees(splitServerKey(key)?.instance ?? "");
      if (seesDetails && !isOthers) return visible;
      return withoutIncidentDetails(visible, isOthers ? (members[0]?.key ?? "") : key);
    },
    summary: (whole, servers, seen) => (seesAllInstances ? whole : summarize(servers, seen)),
  };
}

const strippedRows = new WeakMap<ServerStatus, ServerStatus>();

/** One object for each row, so that its JSON is made once. */
function withoutServerDetails(row: ServerStatus): ServerStatus {
  const known = strippedRows.get(row);
  if (known !== undefined) return known;
  const stripped: ServerStatus = {
    ...row,
    cure: [],
    haproxy: { ...row.haproxy, lastCheck: "", lastAgent: "" },
    probe: withoutProbeDetails(row.probe),
    probes: row.probes.map((probe) => ({ ...probe, ...withoutProbeDetails(probe) })),
  };
  strippedRows.set(row, stripped);
  return stripped;
}

function withoutProbeDetails(probe: ProbeSide): ProbeSide {
  return { ...probe, url: null, body: "", detail: "" };
}

function withoutInstanceDetails(row: InstanceStatus): InstanceStatus {
  return { ...row, stats: "", error: row.error === null ? null : { ...row.error, message: "" } };
}

function withoutFindingDetails(finding: Finding): Finding {
  const isQuoting = QUOTING_FINDING_CODES.has(finding.code);
  const sentence = isQuoting ? "A configuration has a problem; operators see which" : finding.sentence;
  return { ...finding, sentence, advice: "" };
}

/** `key` is that of a server which the sender sees. */
function withoutIncidentDetails(incident: Incident, key: string): Incident {
  return { ...incident, evidence: { key, row: [], probe: null, curl: null, socat: null } };
}
