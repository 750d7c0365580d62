import type { IncidentRecord } from "../contract/incident.ts";

/** What an incident is about, as one vantage sees it: at most one incident with a fingerprint is open. */
export function incidentFingerprint(
  vantage: string,
  { network, verdict, subject }: Pick<IncidentRecord, "network" | "verdict" | "subject">,
): string {
  return [vantage, network, verdict, subject].join(" ");
}
