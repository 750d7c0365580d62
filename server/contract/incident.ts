import type { Reason } from "./reason.ts";
import type { InstanceName, ServerKey } from "./server-key.ts";
import type { Verdict } from "./verdict.ts";

/** Why an incident ended. */
export const INCIDENT_ENDS = ["agreed", "out-of-service", "address-changed", "removed", "no-longer-judged"] as const;
export type IncidentEnd = (typeof INCIDENT_ENDS)[number];

/** A server that routes to the subject of an incident, with its own part in it. */
export interface IncidentMember {
  readonly key: ServerKey;
  readonly instance: InstanceName;
  readonly backend: string;
  readonly server: string;
  readonly since: string;
  /** False once this server agrees again while others do not. */
  readonly active: boolean;
  readonly sessions: number;
}

/** One thing that happened while it was open. */
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

/** A lasting bad verdict: one sick server behind forty HAProxies is one incident. */
export interface Incident {
  /** UUIDv7; kept when it is opened again soon after its end. */
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
  /** How often it healed and came back. */
  readonly flaps: number;
  /** Milliseconds until HAProxy itself took the server out; null while it has not. */
  readonly detectionLagMs: number | null;
  /** Sessions or requests that went in so far. */
  readonly sessions: number;
  readonly changes: readonly IncidentChange[];
}
