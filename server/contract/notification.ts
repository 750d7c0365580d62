import { type MismatchVerdict, URGENCIES, type Urgency } from "./incident.ts";
import type { Reason } from "./reason.ts";
import type { InstanceName, ServerKey } from "./server-key.ts";

/** How bad an alert is for users, worst first; only notices are `info`. */
export const ALERT_URGENCIES = [...URGENCIES, "info"] as const;
export type AlertUrgency = Urgency | "info";

/** What can alert beside an incident. */
export const NOTICES = [
  "instance-unreachable",
  "prober-blind",
  "split",
  "sessions-held",
  "certificate-expiring",
  "server-down",
  "backend-without-servers",
  "backend-last-server",
  "check-missing",
  "check-blind",
] as const;
export type Notice = (typeof NOTICES)[number];

/** Notices that alert unless the configuration says otherwise; the others are switched on by name. */
export const DEFAULT_NOTICES: readonly Notice[] = [
  "instance-unreachable",
  "prober-blind",
  "split",
  "sessions-held",
  "certificate-expiring",
];

/** A server that an alert is about. */
export interface AlertMember {
  readonly key: ServerKey;
  readonly instance: InstanceName;
  readonly backend: string;
  readonly server: string;
  readonly since: string;
  /** False once this server has no mismatch any more while others do. */
  readonly active: boolean;
  readonly sessions: number;
}

/** The end of an alert. */
export interface AlertResolution {
  readonly at: string;
  readonly afterMs: number;
  /** Milliseconds until HAProxy itself took the server out; null: it never did. */
  readonly noticedAfterMs: number | null;
}

/** One problem with everything that a message says about it. What servers sent is in it as plain lines, not escaped for any receiver. */
export interface Alert {
  /** The id of the incident; of a notice, its name and subject. */
  readonly id: string;
  /** Where a notification about it leads; null without `public-url`. */
  readonly link: string | null;
  /** `false-up`, `split`: the verdict of an incident or the name of a notice. */
  readonly name: MismatchVerdict | Notice;
  readonly isIncident: boolean;
  readonly urgency: AlertUrgency;
  readonly reason: Reason | null;
  readonly site: string;
  /** `10.0.0.11:6443`, a server's key, or the name of an instance. */
  readonly subject: string;
  /** The server that it began with, or its instance or backend; the same until its end. */
  readonly origin: {
    readonly instance: InstanceName | null;
    readonly backend: string | null;
    readonly server: string | null;
  };
  /** Labels of the instances of its members. */
  readonly labels: Readonly<Record<string, readonly string[]>>;
  /** The whole story in at most 140 characters. */
  readonly sentence: string;
  readonly since: string;
  /** What HAProxy says and what the probe found. */
  readonly why: string;
  /** At most `alertMembersNamed` of them, those with the fault first. */
  readonly members: readonly AlertMember[];
  readonly memberCount: number;
  readonly activeMembers: number;
  /** Sessions or requests that went to its members since their first failed probe. */
  readonly sessions: number;
  /** Other healthy servers of its backend that receive traffic; null where there is no backend. */
  readonly healthyLeft: number | null;
  /** What the server answered, line by line. */
  readonly evidence: readonly string[];
  /** What to do now, in one line; empty where there is nothing to do. */
  readonly mitigate: string;
  /** Lines for haproxy.cfg that let HAProxy's check detect it; empty where none are known. */
  readonly permanentFix: readonly string[];
  readonly acknowledgedBy: string | null;
  /** Null while it is firing. */
  readonly resolved: AlertResolution | null;
}

export const NOTIFICATION_KINDS = ["firing", "updated", "resolved", "notice", "summary", "test"] as const;
export type NotificationKind = (typeof NOTIFICATION_KINDS)[number];

/**
 * One message for one channel, as plain data. A channel's formatter turns it into what its receiver expects, the same for
 * every attempt.
 */
export interface Notification {
  /** The same for every attempt and every process: receivers recognize a repeated delivery by it. */
  readonly id: string;
  /** The same for all messages about one group of alerts. */
  readonly thread: string;
  /** The same in every haprobe for all messages about one group of alerts: receivers fold what two of them send. */
  readonly fingerprint: string;
  /** Counts the messages of a thread from 1. */
  readonly n: number;
  readonly kind: NotificationKind;
  readonly at: string;
  /** The worst of its alerts. */
  readonly urgency: AlertUrgency;
  /** The whole story in at most 140 characters. */
  readonly sentence: string;
  /** Why it is sent: `new`, `2 joined`, `still firing after 4 h`. */
  readonly cause: string;
  /** At most `alertsNamed` of them, for Alertmanager all; worst first. */
  readonly alerts: readonly Alert[];
  readonly alertCount: number;
  readonly link: string | null;
  /** True once all of its alerts have ended. */
  readonly isResolved: boolean;
}
