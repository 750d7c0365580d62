import type { AlertSettings, ChannelTransport, Secret } from "../contract/alert-settings.ts";
import { formatHostPort } from "../contract/host-port.ts";
import { DEFAULT_NOTICES } from "../contract/notification.ts";
import { REDACTED, redactQuery } from "../contract/redact-query.ts";
import { encodeMatch } from "./match-codec.ts";
import { formatDuration } from "./duration.ts";

/** `alerts:` in the form of the file, without secrets; null where there is no channel. */
export function renderAlerts(alerts: AlertSettings): unknown {
  const { channels, routes, silences, notices, certificateMs, retry, activeWhen, heartbeat } = alerts;
  if (channels.length === 0 && heartbeat === null) return null;
  const also = notices.filter((notice) => !DEFAULT_NOTICES.includes(notice));
  const except = DEFAULT_NOTICES.filter((notice) => !notices.includes(notice));
  return {
    channels: channels.map(({ name, transport, timeoutMs, perMinute }) => ({
      name,
      [transport.type]: renderTransport(transport),
      timeout: formatDuration(timeoutMs),
      "per-minute": perMinute,
    })),
    routes: routes.map((route) => ({
      name: route.name,
      match: encodeMatch(route.match),
      channels: route.channels,
      continue: route.continue,
      wait: formatDuration(route.waitMs),
      "group-by": route.groupBy,
      "group-wait": formatDuration(route.groupWaitMs),
      "group-interval": formatDuration(route.groupIntervalMs),
      repeat: route.repeatMs === null ? "never" : formatDuration(route.repeatMs),
      "send-resolved": route.sendResolved,
      ...(route.hours === null ? {} : { hours: { cron: route.hours.cron, "time-zone": route.hours.timeZone } }),
    })),
    silences: silences.map(({ name, match, starts, forMs }) => ({
      name,
      match: encodeMatch(match),
      starts: { cron: starts.cron, "time-zone": starts.timeZone },
      for: formatDuration(forMs),
    })),
    also,
    except,
    certificate: certificateMs === 0 ? "never" : formatDuration(certificateMs),
    retry: {
      first: formatDuration(retry.firstMs),
      max: formatDuration(retry.maxMs),
      for: formatDuration(retry.forMs),
    },
    ...(activeWhen === null ? {} : { "active-when": activeWhen }),
    ...(heartbeat === null
      ? {}
      : { heartbeat: { ...secret("url", heartbeat.url), every: formatDuration(heartbeat.everyMs) } }),
  };
}

function renderTransport(transport: ChannelTransport): unknown {
  switch (transport.type) {
    case "webhook": {
      const [newest = null, previous = null] = transport.secrets;
      // Whatever its name, a header may be how the receiver recognizes haprobe.
      const headers = Object.keys(transport.headers).map((name) => [name, REDACTED]);
      return {
        ...secret("url", transport.url),
        ...secret("secret", newest),
        ...secret("previous-secret", previous),
        ...(headers.length === 0 ? {} : { headers: Object.fromEntries(headers) }),
      };
    }
    case "slack":
      return { ...secret("url", transport.url), flavor: transport.flavor };
    case "pagerduty":
      return { ...plain("url", transport.url), ...secret("routing-key", transport.routingKey) };
    case "alertmanager":
      return { ...secret("url", transport.url), ...secret("bearer-token", transport.bearerToken) };
    case "email": {
      const { smtp, username, password, from, to } = transport;
      return {
        server: formatHostPort(smtp.host, smtp.port),
        tls: smtp.tls,
        ...(smtp.caFile === null ? {} : { "ca-file": smtp.caFile }),
        ...(username === null ? {} : { username }),
        ...secret("password", password),
        from,
        to,
      };
    }
    case "teams":
    case "discord":
      return secret("url", transport.url);
    case "ntfy":
      return {
        ...plain("url", transport.url),
        ...secret("topic", transport.topic),
        ...secret("token", transport.token),
      };
    case "telegram":
      return {
        ...plain("url", transport.url),
        ...secret("bot-token", transport.botToken),
        "chat-id": transport.chatId,
      };
    default:
      return transport satisfies never;
  }
}

/** A secret under its key, or its file under the key with `-file`; of a URL only where it leads. */
function secret(key: string, value: Secret | null): Readonly<Record<string, string>> {
  if (value === null) return {};
  if (value.kind === "file") return { [`${key}-file`]: value.path };
  const url = key === "url" ? URL.parse(value.text) : null;
  return { [key]: url === null ? REDACTED : `${url.origin}/${REDACTED}` };
}

/** A URL that is no secret, without the user, password and secret parameters that it may hold. */
function plain(key: string, value: Secret): Readonly<Record<string, string>> {
  if (value.kind === "file") return { [`${key}-file`]: value.path };
  return { [key]: redactQuery(value.text.replace(/\/\/[^/?#]*@/, `//${REDACTED}@`)) };
}
