import type { Reason } from "./reason.ts";
import type { InstanceName, ServerKey, ServerName } from "./server-key.ts";
import type { Verdict } from "./verdict.ts";

/** Why an incident ended. */
export const INCIDENT_ENDS = ["agreed", "out-of-service", "address-changed", "removed", "no-longer-judged"] as const;
export type IncidentEnd = (typeof INCIDENT_ENDS)[number];

/** A server with the fault of an incident. */
export interface IncidentMember {
  readonly key: ServerKey;
  readonly instance: InstanceName;
  readonly backend: string;
  readonly server: string;
  readonly since: string;
  /** False once this server has no mismatch any more while others do. */
  readonly active: boolean;
  readonly sessions: number;
}

/** One entry of an incident's history. */
export interface IncidentChange {
  readonly at: string;
  readonly what:
    | "confirmed"
    | "reason"
    | "member-joined"
    | "member-left"
    | "healing"
    | "relapsed"
    | "ended"
    | "reopened";
  readonly text: string;
}

/** A verdict that can be the subject of an incident. */
export type MismatchVerdict = Extract<Verdict, "false-up" | "false-down">;

/** State of an incident; times are in the time base of its record. */
export type IncidentState =
  | { readonly kind: "open"; readonly flaps: number }
  | { readonly kind: "healing"; readonly flaps: number; readonly since: number; readonly end: IncidentEnd }
  | { readonly kind: "ended"; readonly flaps: number; readonly at: number; readonly end: IncidentEnd };

/** Whether a member has the mismatch: yes, not known at present, or no longer and why. */
export type MemberStanding = "failing" | "undecided" | IncidentEnd;

/** One member of a record. */
export interface IncidentMemberRecord extends ServerName {
  readonly since: number;
  readonly standing: MemberStanding;
  readonly sessions: number;
}

/**
 * An incident as plain data, from which it can be continued after a restart. Its times are milliseconds of one clock:
 * monotonic inside the monitor, since 1970 in events and wherever it is stored.
 */
export interface IncidentRecord {
  readonly id: string;
  /** 1 at its opening; grows by one with each event about it. */
  readonly version: number;
  readonly site: string;
  readonly network: string;
  readonly subject: string;
  readonly verdict: MismatchVerdict;
  readonly state: IncidentState;
  readonly reason: Reason | null;
  readonly sentence: string;
  readonly suspectedAt: number;
  readonly confirmedAt: number;
  /** Milliseconds until HAProxy itself took the server out; null while it has not. */
  readonly detectionLagMs: number | null;
  /** At most `incidentMembersMax`, in the order in which they joined. */
  readonly members: readonly IncidentMemberRecord[];
  /** At most `incidentChangesKept`: the first and the newest. */
  readonly changes: readonly { readonly at: number; readonly what: IncidentChange["what"]; readonly text: string }[];
}

/** The public object of an incident: one confirmed fault, however many HAProxies route to it. */
export interface Incident {
  /** UUIDv7; kept when the incident is opened again within `reopenMs`. */
  readonly id: string;
  readonly state: "open" | "healing" | "ended";
  readonly verdict: Verdict;
  readonly reason: Reason | null;
  /** `10.0.0.11:6443` for a false-up, the server's key for a false-down. */
  readonly subject: string;
  readonly sentence: string;
  readonly members: readonly IncidentMember[];
  readonly suspectedAt: string;
  readonly confirmedAt: string;
  readonly endedAt: string | null;
  readonly end: IncidentEnd | null;
  /** How often it relapsed. */
  readonly flaps: number;
  /** Milliseconds until HAProxy itself took the server out; null while it has not. */
  readonly detectionLagMs: number | null;
  /** Sessions or requests of all members since their first failed probe. */
  readonly sessions: number;
  readonly changes: readonly IncidentChange[];
}
