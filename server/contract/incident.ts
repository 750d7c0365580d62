import type { ProbeKind, ProbeOutcome, ProbeStage } from "./probe-result.ts";
import type { Reason } from "./reason.ts";
import type { InstanceName, ServerKey, ServerName } from "./server-key.ts";
import type { Verdict } from "./verdict.ts";

/** Why an incident ended. */
export const INCIDENT_ENDS = ["agreed", "out-of-service", "address-changed", "removed", "no-longer-judged"] as const;
export type IncidentEnd = (typeof INCIDENT_ENDS)[number];

/** How bad an incident is for users: critical without a healthy server left, or with half of a backend's traffic. */
export const URGENCIES = ["critical", "warning"] as const;
export type Urgency = (typeof URGENCIES)[number];

/** What an entry of an incident's history is about. */
export const INCIDENT_CHANGES = [
  "confirmed",
  "reason",
  "urgency",
  "member-joined",
  "member-left",
  "healing",
  "relapsed",
  "ended",
  "reopened",
  "resumed",
  "acknowledged",
  "expected",
  "not-expected",
] as const;

/** One entry of an incident's history. */
export interface IncidentChange<Time = string> {
  readonly at: Time;
  readonly what: (typeof INCIDENT_CHANGES)[number];
  /** The person who made it; null for haprobe itself. */
  readonly who: string | null;
  readonly text: string;
}

/** `n` counts all changes of the incident from 1, also those that its record keeps no longer. */
export interface IncidentChangeRecord extends IncidentChange<number> {
  readonly n: number;
}

/** What a person says about an incident: an acknowledgement, a note, or why it is expected. */
export interface IncidentRemark<Time = string> {
  readonly at: Time;
  readonly name: string;
  readonly text: string;
}

/** Counters of HAProxy: traffic of one server and of its backend, and the server's errors. */
export interface TrafficCounts {
  /** Sessions in TCP mode, requests in HTTP mode. */
  readonly sessions: number;
  readonly backendSessions: number;
  /** `econ`, `eresp` and `hrsp_5xx`, which clients caused without our probe; TCP mode has no 5xx. */
  readonly connectErrors: number;
  readonly responseErrors: number;
  readonly responses5xx: number;
}

/** A process of HAProxy; its counters begin at zero. */
export interface HaproxyProcess {
  readonly pid: number;
  readonly startTimeSeconds: number;
}

/** HAProxy's counters up to which traffic is counted. */
export interface TrafficBaseline {
  /** Null over a stats page, which does not show it. */
  readonly haproxyProcess: HaproxyProcess | null;
  readonly totals: TrafficCounts;
}

/** Traffic of one server that has the fault of an incident. */
export interface MemberTraffic {
  readonly unit: "sessions" | "requests";
  /** Since the first failed probe of the incident; all zero for a false-down. */
  readonly counts: TrafficCounts;
  /** Where counting goes on, in a later process of haprobe as well; null while nothing is counted. */
  readonly baseline: TrafficBaseline | null;
  /** Sessions that are open now, also after HAProxy took the server out. */
  readonly held: number;
  /** A backup that is not in use. */
  readonly standby: boolean;
  /** Other healthy servers of its backend that receive traffic. */
  readonly healthyLeft: number;
  /** Backups of its backend that receive traffic. */
  readonly backupsInUse: number;
}

/** One column of HAProxy's CSV, as it came. */
export interface StatsColumn {
  readonly name: string;
  readonly value: string;
}

/** What the probe found when an incident opened. */
export interface ProbeEvidence {
  readonly vantage: string;
  readonly outcome: ProbeOutcome;
  readonly kind: ProbeKind;
  readonly stage: ProbeStage;
  readonly url: string;
  readonly httpStatus: number | null;
  readonly failing: readonly string[];
  readonly detail: string;
  /** Redacted; at most `evidenceBodyChars`. */
  readonly body: string;
}

/** What both sources said about the first member when an incident opened. Other people's text. */
export interface IncidentEvidence {
  readonly key: ServerKey;
  /** The columns of HAProxy's newest row that have a value; at most `evidenceColumnsMax`. */
  readonly row: readonly StatsColumn[];
  readonly probe: ProbeEvidence | null;
  /** Shell command that repeats the probe, without credentials; null where none can be quoted safely. */
  readonly curl: string | null;
  /** Shell command that shows HAProxy's row; null where none can be quoted safely, and over a stats page. */
  readonly socat: string | null;
}

/** What a person does to an incident; `why` null: it is not expected after all. */
export type IncidentAction =
  | { readonly kind: "acknowledged" | "noted"; readonly name: string; readonly text: string }
  | { readonly kind: "marked-expected"; readonly name: string; readonly why: string | null };

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
  /** The vantage that sees it so; absent in what one haprobe alone judges. */
  readonly vantage?: string;
  readonly since: number;
  readonly standing: MemberStanding;
  readonly traffic: MemberTraffic;
}

/**
 * An incident as plain data, from which it can be continued after a restart. Its times are milliseconds of one clock:
 * monotonic inside the monitor, since 1970 in events and wherever it is stored.
 */
export interface IncidentRecord {
  readonly id: string;
  /** 1 at its opening; grows by one with each event about it. */
  readonly version: number;
  /** When it got this version. */
  readonly changedAt: number;
  readonly site: string;
  readonly network: string;
  readonly subject: string;
  readonly verdict: MismatchVerdict;
  readonly state: IncidentState;
  readonly reason: Reason | null;
  readonly sentence: string;
  readonly urgency: Urgency;
  readonly suspectedAt: number;
  readonly confirmedAt: number;
  /** Milliseconds until HAProxy itself took the server out; null while it has not. */
  readonly detectionLagMs: number | null;
  readonly evidence: IncidentEvidence;
  /** The newest one. */
  readonly acknowledgement: IncidentRemark<number> | null;
  /** Why a person expects it: it is shown and not alerted. */
  readonly expected: IncidentRemark<number> | null;
  /** At most `incidentNotesMax`, oldest first. */
  readonly notes: readonly IncidentRemark<number>[];
  /** At most `incidentMembersMax`, in the order in which they joined. */
  readonly members: readonly IncidentMemberRecord[];
  /** At most `incidentChangesKept`: the first and the newest. */
  readonly changes: readonly IncidentChangeRecord[];
}

/** A server with the fault of an incident. */
export interface IncidentMember {
  readonly key: ServerKey;
  readonly instance: InstanceName;
  readonly backend: string;
  readonly server: string;
  readonly since: string;
  /** The vantage that sees it so, on a hub; null where one haprobe alone judges. */
  readonly vantage: string | null;
  /** False once this server has no mismatch any more while others do. */
  readonly active: boolean;
  readonly sessions: number;
  /** Sessions that are open, as of the last poll while the incident lasted. */
  readonly held: number;
}

/** What an incident does to one backend of one instance. */
export interface IncidentBackend {
  readonly instance: InstanceName;
  readonly backend: string;
  readonly unit: "sessions" | "requests";
  readonly sessions: number;
  readonly held: number;
  /** Part of the backend's new sessions, 0 … 1; null where the backend had none. */
  readonly share: number | null;
  readonly healthyLeft: number;
  readonly backupsInUse: number;
  /** Errors that HAProxy counted at these servers since the first failed probe. */
  readonly connectErrors: number;
  readonly responseErrors: number;
  readonly responses5xx: number;
}

/** The public object of an incident: one confirmed fault, however many HAProxies route to it. */
export interface Incident {
  /** UUIDv7; kept when the incident is opened again within `reopenMs`. */
  readonly id: string;
  /** Grows with each change. */
  readonly version: number;
  readonly site: string;
  readonly state: "open" | "healing" | "ended";
  readonly verdict: Verdict;
  readonly reason: Reason | null;
  /** `10.0.0.11:6443` for a false-up, the server's key for a false-down. */
  readonly subject: string;
  readonly sentence: string;
  readonly urgency: Urgency;
  readonly members: readonly IncidentMember[];
  readonly backends: readonly IncidentBackend[];
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
  readonly held: number;
  readonly evidence: IncidentEvidence;
  readonly acknowledgement: IncidentRemark | null;
  readonly expected: IncidentRemark | null;
  readonly notes: readonly IncidentRemark[];
  readonly changes: readonly IncidentChange[];
}
