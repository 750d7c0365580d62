import { headline } from "../message/headline.ts";
import { cut } from "../plain-text.ts";
import type { Channel } from "./channel.ts";
import { jsonMessage } from "./channel.ts";

const SUMMARY_CHARS = 1_024;
const SOURCE_CHARS = 255;

/**
 * PagerDuty's Events API v2. Messages about one group share a deduplication key, also those of two haprobes, so that they are
 * one incident there; a thread from before fingerprints keeps its own.
 */
export const pagerDutyChannel: Channel<"pagerduty"> = {
  format(notification, { url, routingKey }) {
    const { alerts, link } = notification;
    const [alert] = alerts;
    const key = { routing_key: routingKey, dedup_key: notification.fingerprint ?? notification.thread };
    if (notification.isResolved) return jsonMessage(url, { ...key, event_action: "resolve" });
    return jsonMessage(url, {
      ...key,
      event_action: "trigger",
      client: "haprobe",
      ...(link === null ? {} : { client_url: link, links: [{ href: link, text: "Open in haprobe" }] }),
      payload: {
        summary: cut(notification.kind === "test" ? headline(notification) : notification.sentence, SUMMARY_CHARS),
        source: cut(alert?.subject ?? "haprobe", SOURCE_CHARS),
        severity: notification.urgency,
        timestamp: notification.at,
        component: alert?.origin.server ?? undefined,
        group: alert?.origin.backend ?? undefined,
        class: alert?.name,
        custom_details: {
          since: alert?.since,
          why: alert?.why,
          evidence: alert?.evidence,
          mitigate: alert?.mitigate,
          permanent_fix: alert?.permanentFix,
          sessions: alert?.sessions,
          healthy_left: alert?.healthyLeft,
          alerts: notification.alertCount > 1 ? alerts.map(({ sentence }) => sentence) : undefined,
          cause: notification.cause,
        },
      },
    });
  },
};
