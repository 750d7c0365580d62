import type { AlertMatch } from "./alert-settings.ts";
import type { Alert, Notification, NotificationKind } from "./notification.ts";

export const NOTIFICATION_STATUSES = ["waiting", "sent", "failed", "superseded"] as const;
export type NotificationStatus = (typeof NOTIFICATION_STATUSES)[number];

/** A message in the list of messages. */
export interface NotificationSummary {
  readonly id: string;
  readonly channel: string;
  readonly kind: NotificationKind;
  readonly sentence: string;
  /** Why it is sent, and by which route; empty for a summary. */
  readonly cause: string;
  readonly route: string;
  readonly status: NotificationStatus;
  readonly attempts: number;
  readonly madeAt: string;
  /** When it is sent next; null where it does not wait. */
  readonly nextAttemptAt: string | null;
  /** Id of the incident, or of the first of several; null for a notice. */
  readonly incident: string | null;
}

/** One attempt to send a message; `status` is that of HTTP or SMTP. */
export interface NotificationAttempt {
  readonly at: string;
  readonly durationMs: number;
  readonly status: number | null;
  readonly error: string | null;
}

export interface NotificationDetail extends NotificationSummary {
  readonly attemptLog: readonly NotificationAttempt[];
  /** What its channel's formatter is given. */
  readonly payload: Notification;
}

/** A silence; `state` is that of the present moment. */
export interface SilenceStatus {
  readonly id: string;
  readonly match: AlertMatch;
  readonly from: string;
  readonly until: string;
  readonly reason: string;
  readonly author: string;
  readonly state: "active" | "pending" | "ended";
}

export interface SilenceRequest {
  readonly match: AlertMatch;
  readonly forMs: number;
  readonly reason: string;
  readonly author: string;
}

/** What becomes of an alert at one route. */
export interface PreviewRoute {
  readonly route: string;
  readonly channels: readonly string[];
  readonly sends: boolean;
  readonly why: string;
}

/** An alert that is firing, and what becomes of it. */
export interface PreviewEntry extends Pick<Alert, "id" | "name" | "urgency" | "subject" | "sentence"> {
  readonly routes: readonly PreviewRoute[];
}

/** A channel of the configuration, and how it does. */
export interface ChannelStatus {
  readonly name: string;
  /** `slack`, `webhook`. */
  readonly type: string;
  /** Messages a minute; what is beyond waits and becomes one summary. */
  readonly perMinute: number;
  /** Groups of alerts that this limit holds back now. */
  readonly held: number;
  /** Why its last message did not arrive; null where it did. */
  readonly error: string | null;
  /** Its receiver answered that it is gone: it is sent nothing more. */
  readonly disabled: boolean;
}

/** What a receiver answered to a test message. */
export interface ChannelTest {
  readonly channel: string;
  readonly sent: boolean;
  readonly status: number | null;
  readonly error: string | null;
}

/** What people can see and do of alerts. Rejects where the store cannot be read. */
export interface AlertControl {
  notifications(query: {
    readonly channel: string | null;
    readonly status: NotificationStatus | null;
    readonly cursor: string | null;
    readonly limit: number;
  }): Promise<{ readonly rows: readonly NotificationSummary[]; readonly next: string | null }>;
  notification(id: string): Promise<NotificationDetail | null>;
  /** Sends a message again under its id; false where there is none, or it waits. */
  resend(id: string): Promise<boolean>;
  silences(): Promise<readonly SilenceStatus[]>;
  addSilence(request: SilenceRequest): Promise<SilenceStatus>;
  /** Null for an unknown one. */
  endSilence(id: string): Promise<SilenceStatus | null>;
  /** In the order of the configuration. */
  channels(): readonly ChannelStatus[];
  preview(): Promise<readonly PreviewEntry[]>;
  /** Sends a test message at once; null for an unknown channel. */
  testChannel(name: string): Promise<ChannelTest | null>;
}
