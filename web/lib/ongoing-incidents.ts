import type { Incident } from "../../server/contract/incident.ts";
import type { ServerStatus } from "../../server/contract/status.ts";
import { type DisplayVerdict, isConfirmedMismatch } from "./display-verdict.ts";
import { bySeverity, groupByFault, type MismatchGroup, toMismatchGroup } from "./mismatch-group.ts";

/**
 * Groups of confirmed mismatches and of those whose incident has not ended. A server that agrees again meanwhile stays in
 * its group as it failed last, so that a flapping server keeps its card.
 */
export function ongoingMismatches(
  servers: Iterable<ServerStatus>,
  incidents: readonly Incident[],
  lastMismatches: ReadonlyMap<string, ServerStatus>,
  spansSites = false,
): MismatchGroup[] {
  const incidentOf = new Map<string, Incident>();
  for (const incident of incidents) {
    if (incident.state !== "ended") for (const { key } of incident.members) incidentOf.set(key, incident);
  }
  const open = new Set<string>();
  const outOfService = new Set<string>();
  const withoutVerdict = new Set<string>();
  // Of the row of now: one that recovers is a member as it failed last.
  const healthyLeft = new Map<string, number>();
  const members: ServerStatus[] = [];
  for (const server of servers) {
    const incident = incidentOf.get(server.key);
    const isMismatch = isConfirmedMismatch(server);
    if (!isMismatch && (incident === undefined || server.expected !== null)) continue;
    healthyLeft.set(server.key, server.misrouted.healthyLeft);
    if (isMismatch || incident === undefined) {
      open.add(server.key);
      members.push(server);
    } else {
      if (server.verdict === "out-of-service") outOfService.add(server.key);
      if (server.verdict === "unknown") withoutVerdict.add(server.key);
      if (isBehind(server, incident, lastMismatches)) open.add(server.key);
      members.push(lastMismatches.get(server.key) ?? asMismatch(server, incident));
    }
  }
  return groupByFault(members)
    .map((group) => toMismatchGroup(group, spansSites))
    .filter((group) => group !== null)
    .map((group) => {
      const own = new Set(
        group.members.map(({ key }) => incidentOf.get(key)).filter((incident) => incident !== undefined),
      );
      return {
        ...group,
        incidents: [...own],
        flaps: Math.max(0, ...[...own].map(({ flaps }) => flaps)),
        since: Math.min(group.since, ...[...own].map(({ suspectedAt }) => Date.parse(suspectedAt))),
        sessions: Math.max(
          group.sessions ?? 0,
          [...own].reduce((total, { sessions }) => total + sessions, 0),
        ),
        hasHealthyLeft: group.members.every(({ key }) => (healthyLeft.get(key) ?? 0) > 0),
        hasNoVerdict: group.members.every(({ key }) => withoutVerdict.has(key)),
        isHealing: !group.members.some(({ key }) => open.has(key)),
        isOutOfService: group.members.every(({ key }) => outOfService.has(key)),
      };
    })
    .sort(bySeverity);
}

/** Verdicts of the groups' members, by key, in the order of the groups. */
export function ongoingVerdicts(groups: readonly MismatchGroup[]): ReadonlyMap<string, DisplayVerdict> {
  return new Map(groups.flatMap(({ members, verdict }) => members.map(({ key }) => [key, verdict] as const)));
}

/**
 * True for a server that this page has not seen fail, so that it cannot have seen it recover, while its incident goes on: its
 * row is older than the incident, or it is confirmed anew after a restart of haprobe.
 */
function isBehind(
  { key, verdict }: ServerStatus,
  incident: Incident,
  lastMismatches: ReadonlyMap<string, ServerStatus>,
): boolean {
  if (incident.state !== "open" || lastMismatches.has(key)) return false;
  return verdict === incident.verdict || verdict.startsWith("agree-");
}

/** A server whose mismatch the page has not seen; its row has no subject, by which one fault is one card. */
function asMismatch(server: ServerStatus, { verdict, reason, sentence, subject }: Incident): ServerStatus {
  return { ...server, verdict, reason, sentence, subject };
}

/** The incident that ended last; null without one. */
export function lastEndedIncident(incidents: readonly Incident[]): Incident | null {
  let last: Incident | null = null;
  for (const incident of incidents) {
    if (incident.endedAt !== null && (last === null || incident.endedAt > (last.endedAt ?? ""))) last = incident;
  }
  return last;
}
