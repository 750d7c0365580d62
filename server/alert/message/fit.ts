import type { Alert, Notification } from "../../contract/notification.ts";

/** What is left out first where a message is too long, each step with those before it. */
const STEPS: readonly ((notification: Notification) => Notification)[] = [
  (whole) => whole,
  (whole) => trim(whole, 10, (alert) => ({ ...alert, evidence: alert.evidence.slice(0, 4) })),
  (whole) => trim(whole, 10, (alert) => ({ ...alert, evidence: [] })),
  (whole) => trim(whole, 5, (alert) => ({ ...alert, evidence: [], members: alert.members.slice(0, 5) })),
  (whole) =>
    trim(whole, 1, (alert) => ({ ...alert, evidence: [], permanentFix: [], members: alert.members.slice(0, 1) })),
  (whole) => trim(whole, 0, (alert) => alert),
];

/** The message as `render` writes it, with evidence and then further alerts left out until it has at most `maxBytes` of UTF-8. */
export function renderToFit(
  notification: Notification,
  maxBytes: number,
  render: (notification: Notification) => string,
): string {
  let text = "";
  for (const step of STEPS) {
    text = render(step(notification));
    if (Buffer.byteLength(text) <= maxBytes) break;
  }
  return text;
}

function trim(notification: Notification, alertsMax: number, shorten: (alert: Alert) => Alert): Notification {
  return { ...notification, alerts: notification.alerts.slice(0, alertsMax).map(shorten) };
}
