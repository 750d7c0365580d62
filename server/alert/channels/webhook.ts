import { Webhook } from "standardwebhooks";
import type { Notification } from "../../contract/notification.ts";
import { renderToFit } from "../message/fit.ts";
import type { Channel } from "./channel.ts";

/** Standard Webhooks advises at most 20 kB. */
const BODY_MAX_BYTES = 20_000;

/**
 * Standard Webhooks (standardwebhooks.com, 1.0.0): id and body are those of the notification, and each attempt is signed
 * with its own time, by every secret.
 */
export const webhookChannel: Channel<"webhook"> = {
  format(notification, { url, secrets, headers }, at) {
    const body = renderToFit(notification, BODY_MAX_BYTES, renderBody);
    const signatures = secrets.map((secret) => new Webhook(secret).sign(notification.id, new Date(at), body));
    return {
      kind: "http",
      url,
      body,
      headers: {
        ...headers,
        "content-type": "application/json",
        "webhook-id": notification.id,
        "webhook-timestamp": String(Math.floor(at / 1_000)),
        ...(signatures.length > 0 ? { "webhook-signature": signatures.join(" ") } : {}),
      },
    };
  },
};

function renderBody(notification: Notification): string {
  return JSON.stringify({ type: eventType(notification), timestamp: notification.at, data: notification });
}

/** `incident.firing`, `notice.split`, `summary`, `test`. */
export function eventType({ kind, alerts }: Notification): string {
  if (kind === "summary" || kind === "test") return kind;
  return kind === "notice" ? `notice.${alerts[0]?.name ?? "ended"}` : `incident.${kind}`;
}
