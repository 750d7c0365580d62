import type { IncidentRecord } from "../contract/incident.ts";

/** What an incident is about: at most one incident with a fingerprint is open. The fault of the members' rows is the same text. */
export function incidentFingerprint({
  network,
  verdict,
  subject,
}: Pick<IncidentRecord, "network" | "verdict" | "subject">): string {
  return [network, verdict, subject].join(" ");
}
