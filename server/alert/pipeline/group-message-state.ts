import type { Alert, AlertUrgency, Notification } from "../../contract/notification.ts";

/** What the last message of a lane said of one alert; what is compared to find out whether there is news. */
export interface SentAlert {
  readonly id: string;
  readonly urgency: AlertUrgency;
  readonly reason: string | null;
  readonly activeMembers: number;
  readonly isResolved: boolean;
  /** Where the message does not name it: what its end is made of. */
  readonly unnamed?: BriefAlert;
}

/** What is left of an alert that a message only counts. */
export type BriefAlert = Pick<
  Alert,
  "name" | "isIncident" | "site" | "subject" | "origin" | "labels" | "sentence" | "since"
>;

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

/** The same in a message that does not name the alert. */
export function withBrief(sent: SentAlert, alert: BriefAlert | undefined): SentAlert {
  return alert === undefined ? sent : { ...sent, unnamed: toBrief(alert) };
}

/** What is known of each alert that a message is about, by its id. */
export function alertsOfMessage(body: OutboxBody | null): ReadonlyMap<string, BriefAlert> {
  const counted = (body?.sent ?? []).flatMap(({ id, unnamed }) =>
    unnamed === undefined ? [] : [[id, unnamed] as const],
  );
  const named = (body?.notification.alerts ?? []).map((alert) => [alert.id, alert] as const);
  return new Map<string, BriefAlert>([...counted, ...named]);
}

function toBrief({ name, isIncident, site, subject, origin, labels, sentence, since }: BriefAlert): BriefAlert {
  return { name, isIncident, site, subject, origin, labels, sentence, since };
}
