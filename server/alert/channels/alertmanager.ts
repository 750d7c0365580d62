import type { Alert } from "../../contract/notification.ts";
import { fingerprintOf } from "../fingerprint.ts";
import type { Channel } from "./channel.ts";
import { jsonMessage } from "./channel.ts";

/**
 * Alertmanager's API v2: one of its alerts for each of ours. Without `endsAt` it ends an alert after its `resolve_timeout`,
 * so a firing one is sent again until then.
 */
export const alertmanagerChannel: Channel<"alertmanager"> = {
  format(notification, { url, bearerToken }) {
    const { alerts, kind, sentence, at } = notification;
    const posted =
      alerts.length > 0
        ? alerts.map(toPostable)
        : [{ labels: { alertname: `Haprobe${camelCase(kind)}` }, annotations: { summary: sentence }, startsAt: at }];
    return jsonMessage(
      `${url.replace(/\/+$/, "")}/api/v2/alerts`,
      posted,
      bearerToken === null ? {} : { authorization: `Bearer ${bearerToken}` },
    );
  },
};

/** Labels are what Alertmanager identifies an alert by, so they hold only what stays the same until its end, in each haprobe. */
function toPostable(alert: Alert): unknown {
  const { origin, resolved, link } = alert;
  const own = Object.entries(alert.labels).map(([name, values]) => [labelName(name), values.join(",")]);
  return {
    labels: dropEmpty({
      ...Object.fromEntries(own),
      alertname: `Haprobe${camelCase(alert.name)}`,
      severity: alert.urgency,
      site: alert.site,
      subject: alert.subject,
      haproxy: origin.instance ?? "",
      proxy: origin.backend ?? "",
      server: origin.server ?? "",
      fingerprint: fingerprintOf(alert.name, alert.site, alert.subject),
    }),
    annotations: dropEmpty({
      incident: alert.isIncident ? alert.id : "",
      summary: alert.sentence,
      description: alert.why,
      evidence: alert.evidence.join("\n"),
      mitigate: alert.mitigate,
      permanent_fix: alert.permanentFix.join("\n"),
    }),
    startsAt: alert.since,
    ...(resolved === null ? {} : { endsAt: resolved.at }),
    ...(link === null ? {} : { generatorURL: link }),
  };
}

/** `false-up` is `FalseUp`. */
function camelCase(name: string): string {
  return name.replace(/(?:^|-)([a-z])/g, (_whole, letter: string) => letter.toUpperCase());
}

function labelName(name: string): string {
  return name.replace(/[^a-zA-Z0-9_]/g, "_");
}

/** Alertmanager treats an empty label as an absent one. */
function dropEmpty(texts: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== ""));
}
