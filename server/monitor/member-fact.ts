import type { IncidentEvidence, IncidentRecord } from "../contract/incident.ts";
import type { ServerName } from "../contract/server-key.ts";
import type { MemberJudged, TrafficReading } from "../judge/incident-fact.ts";
import { assessMember, isPastReopen } from "../judge/incident-state.ts";
import type { ServerMemory } from "../judge/server-memory.ts";
import type { ServerEntry } from "./server-entry.ts";

/** What an incident records of a server; each is called only where it is needed. */
export interface MemberReading {
  describe(): string;
  collectEvidence(): IncidentEvidence;
  readTraffic(): TrafficReading;
}

/** What a fault is about. */
export type Fault = Pick<IncidentRecord, "verdict" | "network" | "subject">;

/** The fact that a server was judged, for the incident of this fault; `known` is its newest incident, or null. */
export function toMemberFact(
  server: ServerEntry,
  { decision, disagreement, haproxy }: ServerMemory,
  { about, known, name, now }: { about: Fault; known: IncidentRecord | null; name: ServerName; now: number },
  reading: MemberReading,
  createId: () => string,
): MemberJudged {
  const standing = assessMember(decision, about.verdict);
  const opens = standing === "failing" && (known === null || isPastReopen(known.state, now));
  return {
    kind: "judged",
    opening: opens ? { id: createId(), evidence: reading.collectEvidence() } : null,
    verdict: about.verdict,
    network: about.network,
    subject: about.subject,
    server: name,
    standing,
    reason: decision.reason,
    sentence: standing === "failing" ? reading.describe() : "",
    since: decision.since,
    suspectedAt: disagreement?.beganAt ?? now,
    traffic: reading.readTraffic(),
    haproxyDownAt: decision.verdict === "agree-down" ? downSince(server, haproxy, known) : null,
  };
}

/** When HAProxy took the server out: as it says itself where this process polled later, such as after a restart. */
function downSince(
  { view, viewSince }: ServerEntry,
  { beliefChangedAt }: ServerMemory["haproxy"],
  known: IncidentRecord | null,
): number {
  const reported = viewSince - (view.lastChangeSeconds ?? 0) * 1_000;
  // `clear counters all` can break HAProxy's own time.
  const isPlausible = known !== null && reported >= known.suspectedAt;
  return isPlausible ? Math.min(beliefChangedAt, reported) : beliefChangedAt;
}
