import type { Alert, AlertUrgency, Notification } from "../../contract/notification.ts";

/** What the last message of a lane said of one alert; what is compared to find out whether there is news. */
export interface SentAlert {
  readonly id: string;
  readonly urgency: AlertUrgency;
  readonly reason: string | null;
  readonly activeMembers: number;
  readonly isResolved: boolean;
}

/** The body of a message in the outbox. */
export interface OutboxBody {
  readonly notification: Notification;
  /** The route that it took, and what it is grouped by. */
  readonly route: string;
  /** Every alert that it is about, also those that it does not name. */
  readonly sent: readonly SentAlert[];
  /** The first message of its thread, in its lane. */
  readonly firstN: number;
}

/** What a message says of this alert. */
export function toSentAlert({ id, urgency, reason, activeMembers, resolved }: Alert): SentAlert {
  return { id, urgency, reason, activeMembers, isResolved: resolved !== null };
}
