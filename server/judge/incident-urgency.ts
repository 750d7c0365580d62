import { BOUNDS } from "../bounds.ts";
import type { IncidentMemberRecord, Urgency } from "../contract/incident.ts";
import { type BackendTraffic, groupByBackend, shareOf } from "./backend-traffic.ts";

/** How bad it is, and the part of the traffic or the lack of servers that makes it so. */
export interface UrgencyAssessment {
  readonly urgency: Urgency;
  readonly text: string;
}

/**
 * Assesses the members that fail; null while none does, since nothing is known then. While nothing is known of a member,
 * as of some after a restart, the urgency does not fall.
 */
export function assessUrgency(members: readonly IncidentMemberRecord[], before: Urgency): UrgencyAssessment | null {
  const failing = members.filter(({ standing }) => standing === "failing");
  if (failing.length === 0) return null;
  for (const backend of groupByBackend(failing.filter(({ traffic }) => !traffic.standby))) {
    const text = describeCritical(backend, before);
    if (text !== null) return { urgency: "critical", text };
  }
  if (before === "critical" && members.some(({ standing }) => standing === "undecided")) return null;
  return { urgency: "warning", text: "healthy servers take most of the traffic" };
}

function describeCritical(traffic: BackendTraffic, before: Urgency): string | null {
  const name = `${traffic.instance}/${traffic.backend}`;
  if (traffic.healthyLeft === 0) return `no healthy server left in ${name}`;
  const share = traffic.counts.backendSessions < BOUNDS.urgencySessionsMin ? null : shareOf(traffic.counts);
  // Two servers in turns get half each: urgency must not follow every session.
  const limit = before === "critical" ? BOUNDS.urgencyShareKept : BOUNDS.urgencyShare;
  if (share === null || share < limit) return null;
  return `${Math.round(share * 100)} % of the ${traffic.unit} of ${name}`;
}
