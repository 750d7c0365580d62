import type { IncidentMemberRecord, MemberTraffic, TrafficCounts } from "../contract/incident.ts";
import type { InstanceName } from "../contract/server-key.ts";
import { toServerMembers } from "../contract/server-members.ts";

/** Traffic of all members in one backend of one instance. */
export interface BackendTraffic
  extends Pick<MemberTraffic, "unit" | "counts" | "held" | "healthyLeft" | "backupsInUse"> {
  readonly instance: InstanceName;
  readonly backend: string;
}

export const NO_TRAFFIC: TrafficCounts = {
  sessions: 0,
  backendSessions: 0,
  connectErrors: 0,
  responseErrors: 0,
  responses5xx: 0,
};

/** Sums the members of each backend, in the order of their first member. */
export function groupByBackend(members: readonly IncidentMemberRecord[]): readonly BackendTraffic[] {
  const groups = new Map<string, BackendTraffic>();
  for (const { instance, backend, traffic } of toServerMembers(members)) {
    const key = `${instance}/${backend}`;
    const before = groups.get(key);
    groups.set(
      key,
      before === undefined ? { instance, backend, ...pickTraffic(traffic) } : addTraffic(before, traffic),
    );
  }
  return [...groups.values()];
}

/** Part of the backend's new traffic, 0 … 1; null where there was none. */
export function shareOf({
  sessions,
  backendSessions,
}: Pick<TrafficCounts, "sessions" | "backendSessions">): number | null {
  return backendSessions <= 0 ? null : Math.min(1, sessions / backendSessions);
}

function pickTraffic({
  unit,
  counts,
  held,
  healthyLeft,
  backupsInUse,
}: MemberTraffic): Omit<BackendTraffic, "instance" | "backend"> {
  return { unit, counts, held, healthyLeft, backupsInUse };
}

function addTraffic(before: BackendTraffic, traffic: MemberTraffic): BackendTraffic {
  const [a, b] = [before.counts, traffic.counts];
  return {
    ...before,
    held: before.held + traffic.held,
    healthyLeft: Math.min(before.healthyLeft, traffic.healthyLeft),
    backupsInUse: Math.max(before.backupsInUse, traffic.backupsInUse),
    counts: {
      sessions: a.sessions + b.sessions,
      // Both count the whole backend; the one that began first has seen most of it.
      backendSessions: Math.max(a.backendSessions, b.backendSessions),
      connectErrors: a.connectErrors + b.connectErrors,
      responseErrors: a.responseErrors + b.responseErrors,
      responses5xx: a.responses5xx + b.responses5xx,
    },
  };
}
