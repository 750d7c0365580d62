import type { Alert } from "../../contract/notification.ts";
import type { BriefAlert, SentAlert } from "../pipeline/group-message-state.ts";

/** The end of a notice, or of an incident that is no longer kept, by what its last message said of it. */
export function endAlert({ id, urgency }: SentAlert, alert: BriefAlert, now: number): Alert {
  const afterMs = Math.max(0, now - Date.parse(alert.since));
  return {
    id,
    link: null,
    urgency,
    reason: null,
    why: alert.sentence,
    members: [],
    memberCount: 0,
    sessions: 0,
    healthyLeft: null,
    evidence: [],
    mitigate: "",
    permanentFix: [],
    acknowledgedBy: null,
    ...alert,
    activeMembers: 0,
    resolved: { at: new Date(now).toISOString(), afterMs, noticedAfterMs: null },
  };
}
