import { createHash } from "node:crypto";
import { BOUNDS } from "../bounds.ts";
import type {
  AlertSettings,
  ChannelSettings,
  ChannelTransport,
  ChannelType,
  RouteSettings,
  Secret,
} from "../contract/alert-settings.ts";
import { DEFAULT_NOTICES, NOTICES } from "../contract/notification.ts";
import type { AlertsInput } from "./alert-schema.ts";
import { CHANNEL_TYPES, type ChannelInput } from "./channel-schema.ts";
import type { Path } from "./document.ts";

/** Gives the path of the file that a key of the main file names. */
type PathOfFile = (name: string, path: Path) => string;

/** The settings of `alerts:`. `webhook` is the URL of the command line, a channel of its own; null for none. */
export function buildAlerts(input: AlertsInput, webhook: string | null, pathOf: PathOfFile): AlertSettings {
  const named = input.channels.map((channel, index) => buildChannel(channel, ["alerts", "channels", index], pathOf));
  const channels = webhook === null ? named : [...named, webhookChannel(webhook, named)];
  const all = channels.map(({ name }) => name);
  const { also, except, certificateMs, retry, activeWhen, heartbeat } = input;
  const notices = NOTICES.filter(
    (notice) => (DEFAULT_NOTICES.includes(notice) || also.includes(notice)) && !except.includes(notice),
  );
  return {
    channels,
    routes: (input.routes.length === 0 ? [DEFAULT_ROUTE] : input.routes).map((route) => buildRoute(route, all)),
    silences: input.silences,
    notices,
    certificateMs: certificateMs === "never" ? 0 : certificateMs,
    retry,
    activeWhen,
    heartbeat:
      heartbeat === null
        ? null
        : {
            url: secretOf(heartbeat.url, heartbeat.urlFile, ["alerts", "heartbeat"], pathOf),
            everyMs: heartbeat.everyMs,
          },
  };
}

type RouteInput = AlertsInput["routes"][number];

/** All alerts to every channel. */
const DEFAULT_ROUTE: RouteInput = {
  name: "default",
  match: {},
  channels: null,
  continue: false,
  waitMs: BOUNDS.alertWaitMs,
  groupBy: ["backend"],
  groupWaitMs: null,
  groupIntervalMs: BOUNDS.alertGroupIntervalMs,
  repeatMs: BOUNDS.alertRepeatMs,
  sendResolved: true,
  hours: null,
};

function buildRoute(input: RouteInput, all: readonly string[]): RouteSettings {
  const { name, match, channels, groupBy, waitMs, groupWaitMs, repeatMs } = input;
  // Groups are remembered under the name, which therefore stays when entries move.
  const hash = createHash("sha256")
    .update(JSON.stringify([match, channels, groupBy]))
    .digest("hex")
    .slice(0, 8);
  return {
    ...input,
    name: name ?? `route-${hash}`,
    channels: channels ?? all,
    groupWaitMs: groupWaitMs ?? Math.min(BOUNDS.alertGroupWaitMs, waitMs),
    repeatMs: repeatMs === "never" ? null : repeatMs,
  };
}

function buildChannel(input: ChannelInput, path: Path, pathOf: PathOfFile): ChannelSettings {
  const { name, timeoutMs, perMinute } = input;
  const type = CHANNEL_TYPES.find((each) => input[each] !== null) ?? "webhook";
  const at = [...path, type];
  const file = (key: string, value: string): Secret => ({ kind: "file", path: pathOf(value, [...at, key]) });
  const optional = (key: string, value: string | null): Secret | null => (value === null ? null : file(key, value));
  const build: { readonly [Type in ChannelType]: () => ChannelTransport } = {
    webhook: () => {
      const { url, urlFile, secretFile, previousSecretFile, headers } = input.webhook as NonNullable<
        typeof input.webhook
      >;
      const secrets = [optional("secret-file", secretFile), optional("previous-secret-file", previousSecretFile)];
      return {
        type: "webhook",
        url: secretOf(url, urlFile, at, pathOf),
        secrets: secrets.filter((each) => each !== null),
        headers,
      };
    },
    slack: () => {
      const { url, urlFile, flavor } = input.slack as NonNullable<typeof input.slack>;
      return { type: "slack", url: secretOf(url, urlFile, at, pathOf), flavor };
    },
    pagerduty: () => {
      const { url, routingKeyFile } = input.pagerduty as NonNullable<typeof input.pagerduty>;
      return { type: "pagerduty", url: textSecret(url), routingKey: file("routing-key-file", routingKeyFile) };
    },
    alertmanager: () => {
      const { url, urlFile, bearerTokenFile } = input.alertmanager as NonNullable<typeof input.alertmanager>;
      return {
        type: "alertmanager",
        url: secretOf(url, urlFile, at, pathOf),
        bearerToken: optional("bearer-token-file", bearerTokenFile),
      };
    },
    email: () => {
      const { server, tls, caFile, username, passwordFile, from, to } = input.email as NonNullable<typeof input.email>;
      return {
        type: "email",
        smtp: {
          host: server.host,
          port: server.port ?? (tls === "implicit" ? 465 : 587),
          tls,
          caFile: caFile === null ? null : pathOf(caFile, [...at, "ca-file"]),
        },
        username,
        password: optional("password-file", passwordFile),
        from,
        to,
      };
    },
    teams: () => {
      const { url, urlFile } = input.teams as NonNullable<typeof input.teams>;
      return { type: "teams", url: secretOf(url, urlFile, at, pathOf) };
    },
    discord: () => {
      const { url, urlFile } = input.discord as NonNullable<typeof input.discord>;
      return { type: "discord", url: secretOf(url, urlFile, at, pathOf) };
    },
    ntfy: () => {
      const { url, topic, topicFile, tokenFile } = input.ntfy as NonNullable<typeof input.ntfy>;
      const subject = topic === null ? file("topic-file", topicFile ?? "") : textSecret(topic);
      return { type: "ntfy", url: textSecret(url), topic: subject, token: optional("token-file", tokenFile) };
    },
    telegram: () => {
      const { url, botTokenFile, chatId } = input.telegram as NonNullable<typeof input.telegram>;
      return { type: "telegram", url: textSecret(url), botToken: file("bot-token-file", botTokenFile), chatId };
    },
  };
  return { name, transport: build[type](), timeoutMs, perMinute };
}

function webhookChannel(url: string, others: readonly ChannelSettings[]): ChannelSettings {
  const isTaken = (name: string): boolean => others.some((channel) => channel.name === name);
  const names = ["webhook", ...others.map((_channel, index) => `webhook-${index + 2}`)];
  return {
    name: names.find((name) => !isTaken(name)) ?? "webhook",
    transport: { type: "webhook", url: textSecret(url), secrets: [], headers: {} },
    timeoutMs: BOUNDS.alertTimeoutMs,
    perMinute: BOUNDS.alertsPerMinute,
  };
}

/** `url` or `url-file`; a conflict is reported where there is neither. */
function secretOf(url: string | null, urlFile: string | null, at: Path, pathOf: PathOfFile): Secret {
  return url === null ? { kind: "file", path: pathOf(urlFile ?? "", [...at, "url-file"]) } : textSecret(url);
}

function textSecret(text: string): Secret {
  return { kind: "text", text };
}
