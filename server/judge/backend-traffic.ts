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
  const groups = new Map<string, Sum>();
  for (const { instance, backend, traffic } of toServerMembers(members)) {
    const key = `${instance}/${backend}`;
    const sum = groups.get(key);
    if (sum === undefined) groups.set(key, newSum(instance, backend, traffic));
    else addTraffic(sum, traffic);
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

/** Changed in place, since an incident may have a thousand members. */
type Sum = Writable<Omit<BackendTraffic, "counts">> & { readonly counts: Writable<TrafficCounts> };
type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

function newSum(instance: InstanceName, backend: string, traffic: MemberTraffic): Sum {
  const { unit, counts, held, healthyLeft, backupsInUse } = traffic;
  return { instance, backend, unit, counts: { ...counts }, held, healthyLeft, backupsInUse };
}

function addTraffic(sum: Sum, { counts, held, healthyLeft, backupsInUse }: MemberTraffic): void {
  sum.held += held;
  sum.healthyLeft = Math.min(sum.healthyLeft, healthyLeft);
  sum.backupsInUse = Math.max(sum.backupsInUse, backupsInUse);
  sum.counts.sessions += counts.sessions;
  // Both count the whole backend; the one that began first has seen most of it.
  sum.counts.backendSessions = Math.max(sum.counts.backendSessions, counts.backendSessions);
  sum.counts.connectErrors += counts.connectErrors;
  sum.counts.responseErrors += counts.responseErrors;
  sum.counts.responses5xx += counts.responses5xx;
}
