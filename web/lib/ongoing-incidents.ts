import type { Incident } from "../../server/contract/incident.ts";
import type { ServerStatus } from "../../server/contract/status.ts";
import { bySeverity, type MismatchGroup, toMismatchGroup } from "./mismatch-group.ts";

/**
 * The mismatches with what their incidents add: flaps and the first start. An incident that is healing, or whose end is not
 * loaded yet, stays as a group of its members' last mismatch, so that a flapping server keeps its card.
 */
export function withIncidents(
  groups: readonly MismatchGroup[],
  incidents: readonly Incident[],
  lastMismatches: ReadonlyMap<string, ServerStatus>,
  servers: ReadonlyMap<string, ServerStatus>,
): MismatchGroup[] {
  const groupOf = new Map(groups.flatMap((group) => group.members.map(({ key }) => [key, group] as const)));
  const shown = new Map(groups.map((group) => [group, group]));
  const healing: MismatchGroup[] = [];
  for (const incident of incidents) {
    if (incident.state === "ended") continue;
    const { flaps } = incident;
    const startedAt = Date.parse(incident.suspectedAt);
    const open = incident.members
      .map(({ key }) => groupOf.get(key))
      .find((group) => group?.verdict === incident.verdict);
    if (open !== undefined) {
      // Several incidents can share a group: false-downs of one backend.
      const before = shown.get(open) ?? open;
      shown.set(open, {
        ...before,
        flaps: Math.max(before.flaps, flaps),
        since: Math.min(before.since, startedAt),
      });
      continue;
    }
    const members = incident.members.flatMap(({ key }) => {
      const server = servers.get(key);
      if (server === undefined || server.expected !== null) return [];
      return [lastMismatches.get(key) ?? asMismatch(server, incident)];
    });
    const group = toMismatchGroup(members);
    if (group !== null) healing.push({ ...group, flaps, since: Math.min(group.since, startedAt), isHealing: true });
  }
  return [...shown.values(), ...healing].sort(bySeverity);
}

/** A server whose mismatch began and ended before the page was opened. */
function asMismatch(server: ServerStatus, { verdict, reason, sentence }: Incident): ServerStatus {
  return { ...server, verdict, reason, sentence };
}

/** The incident that ended last; null without one. */
export function lastEndedIncident(incidents: readonly Incident[]): Incident | null {
  let last: Incident | null = null;
  for (const incident of incidents) {
    if (incident.endedAt !== null && (last === null || incident.endedAt > (last.endedAt ?? ""))) last = incident;
  }
  return last;
}
