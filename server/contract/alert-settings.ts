import type { AlertUrgency, Notice } from "./notification.ts";

/** A secret of the configuration: its text, or the file that is read for each attempt. Never in a message. */
export type Secret =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "file"; readonly path: string };

/** A receiver of Standard Webhooks. `secrets`: the newest first; each attempt is signed with all of them. */
export interface WebhookChannel {
  readonly type: "webhook";
  readonly url: Secret;
  readonly secrets: readonly Secret[];
  readonly headers: Readonly<Record<string, string>>;
}

/** `flavor`: the product behind the Slack-compatible webhook, which decides how text is escaped. */
export interface SlackChannel {
  readonly type: "slack";
  readonly url: Secret;
  readonly flavor: "slack" | "mattermost" | "rocketchat";
}

export interface PagerDutyChannel {
  readonly type: "pagerduty";
  readonly url: Secret;
  readonly routingKey: Secret;
}

export interface AlertmanagerChannel {
  readonly type: "alertmanager";
  readonly url: Secret;
  readonly bearerToken: Secret | null;
}

export interface EmailChannel {
  readonly type: "email";
  readonly smtp: {
    readonly host: string;
    readonly port: number;
    /** `starttls` requires the upgrade, `opportunistic` takes it where it is offered. */
    readonly tls: "implicit" | "starttls" | "opportunistic" | "none";
    readonly caFile: string | null;
  };
  readonly username: string | null;
  readonly password: Secret | null;
  readonly from: string;
  readonly to: readonly string[];
}

export interface TeamsChannel {
  readonly type: "teams";
  readonly url: Secret;
}

export interface DiscordChannel {
  readonly type: "discord";
  readonly url: Secret;
}

export interface NtfyChannel {
  readonly type: "ntfy";
  readonly url: Secret;
  readonly topic: Secret;
  readonly token: Secret | null;
}

export interface TelegramChannel {
  readonly type: "telegram";
  readonly url: Secret;
  readonly botToken: Secret;
  readonly chatId: string;
}

/** How a channel sends, by its type. */
export type ChannelTransport =
  | WebhookChannel
  | SlackChannel
  | PagerDutyChannel
  | AlertmanagerChannel
  | EmailChannel
  | TeamsChannel
  | DiscordChannel
  | NtfyChannel
  | TelegramChannel;

export type ChannelType = ChannelTransport["type"];

/** One entry of `alerts.channels`. */
export interface ChannelSettings {
  readonly name: string;
  readonly transport: ChannelTransport;
  readonly timeoutMs: number;
  /** More messages in one minute are replaced by a summary. */
  readonly perMinute: number;
}

/** Globs by what they are compared with; keys that are absent match everything. */
export interface AlertMatch {
  readonly verdict?: readonly string[];
  readonly notice?: readonly string[];
  readonly reason?: readonly string[];
  readonly urgency?: readonly string[];
  readonly instance?: readonly string[];
  readonly site?: readonly string[];
  readonly backend?: readonly string[];
  readonly server?: readonly string[];
  readonly subject?: readonly string[];
  readonly labels?: Readonly<Record<string, readonly string[]>>;
}

/** What the alerts of one message have in common. */
export type GroupKey = "target" | "backend" | "instance" | "site";

/** A time of the week: minutes that a cron expression matches, in a time zone of the IANA. */
export interface CronTime {
  readonly cron: string;
  readonly timeZone: string;
}

/** One entry of `alerts.routes`. */
export interface RouteSettings {
  readonly name: string;
  readonly match: AlertMatch;
  readonly channels: readonly string[];
  /** Alerts go on to the next route as well. */
  readonly continue: boolean;
  /** How long an alert must stand before it is sent. */
  readonly waitMs: number;
  readonly groupBy: readonly GroupKey[];
  /** How long the first message of a group waits for further alerts. */
  readonly groupWaitMs: number;
  /** Shortest time between a group's messages about changes. */
  readonly groupIntervalMs: number;
  /** A firing group is repeated after this time; null: never. */
  readonly repeatMs: number | null;
  readonly sendResolved: boolean;
  /** Minutes in which the route applies; null: always. */
  readonly hours: CronTime | null;
}

/** One entry of `alerts.silences`: alerts that match are not sent for `forMs` from each time of `starts`. */
export interface SilenceWindow {
  readonly name: string;
  readonly match: AlertMatch;
  readonly starts: CronTime;
  readonly forMs: number;
}

/** `alerts:` with its defaults filled in. */
export interface AlertSettings {
  readonly channels: readonly ChannelSettings[];
  readonly routes: readonly RouteSettings[];
  readonly silences: readonly SilenceWindow[];
  /** Notices that alert. */
  readonly notices: readonly Notice[];
  /** A certificate alerts this long before it expires. */
  readonly certificateMs: number;
  readonly retry: { readonly firstMs: number; readonly maxMs: number; readonly forMs: number };
  /** Messages are sent only while this machine has this IP address; null: always. */
  readonly activeWhen: { readonly address: string } | null;
  /** A URL that is requested at an interval while haprobe works (dead man's switch); null: none. */
  readonly heartbeat: { readonly url: Secret; readonly everyMs: number } | null;
}

/** A silence that was made at run time. Times are milliseconds since 1970. */
export interface Silence {
  readonly id: string;
  readonly match: AlertMatch;
  readonly from: number;
  readonly until: number;
  readonly reason: string;
  readonly author: string;
  readonly endedAt: number | null;
}

/** The worst first. */
export function worstUrgency(a: AlertUrgency, b: AlertUrgency): AlertUrgency {
  if (a === "critical" || b === "critical") return "critical";
  return a === "warning" || b === "warning" ? "warning" : "info";
}
