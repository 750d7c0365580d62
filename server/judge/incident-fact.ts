import type {
  IncidentAction,
  IncidentEvidence,
  MemberStanding,
  MemberTraffic,
  MismatchVerdict,
  TrafficCounts,
} from "../contract/incident.ts";
import type { Reason } from "../contract/reason.ts";
import type { ServerKey, ServerName } from "../contract/server-key.ts";

/** Traffic of a member at one poll; `counts` null: nothing is counted at present, what was counted stays. */
export interface TrafficReading extends Omit<MemberTraffic, "counts"> {
  readonly counts: TrafficCounts | null;
}

/** What an incident gets at its opening. */
export interface IncidentOpening {
  readonly id: string;
  readonly evidence: IncidentEvidence;
}

/** A server was judged: it has the fault of the incident, had it, or could have it again. */
export interface MemberJudged {
  readonly kind: "judged";
  /** Null where there is an incident that goes on. */
  readonly opening: IncidentOpening | null;
  readonly verdict: MismatchVerdict;
  readonly network: string;
  readonly subject: string;
  readonly server: ServerName;
  /** The vantage that judged it; absent where one haprobe alone does. */
  readonly vantage?: string;
  readonly standing: MemberStanding;
  readonly reason: Reason | null;
  /** Used where the standing is `failing`. */
  readonly sentence: string;
  /** When the verdict of this server began, and when it was first suspected. */
  readonly since: number;
  readonly suspectedAt: number;
  readonly traffic: TrafficReading;
  /** When HAProxy itself took the server out; null while it uses it. */
  readonly haproxyDownAt: number | null;
}

/** What can happen to an incident. Times are in the time base of its record. */
export type IncidentFact =
  | MemberJudged
  | { readonly kind: "traffic-counted"; readonly key: ServerKey; readonly traffic: TrafficReading }
  | {
      readonly kind: "member-left";
      readonly key: ServerKey;
      readonly vantage?: string;
      readonly end: "removed" | "address-changed" | "no-longer-judged";
    }
  /** A new process of haprobe goes on after this time without any. */
  | { readonly kind: "resumed"; readonly unobservedMs: number }
  | IncidentAction
  /** The process ends: what was counted is reported now. */
  | { readonly kind: "counts-due" }
  | { readonly kind: "time-passed" };
