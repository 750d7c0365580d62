import { BOUNDS } from "../../bounds.ts";
import { worstUrgency } from "../../contract/alert-settings.ts";
import type { Alert, AlertUrgency, Notification } from "../../contract/notification.ts";
import { formatCount } from "../../contract/quantity-text.ts";
import { cut } from "../plain-text.ts";

/** What is still open when this haprobe takes over from another one, in one message; at least one alert. */
export function takeOverMessage(
  alerts: readonly Alert[],
  about: Pick<Notification, "id" | "fingerprint" | "thread" | "n" | "at">,
  address: string,
  publicUrl: string | null,
): Notification {
  const sentence = `${formatCount(alerts.length, "alert")} still open after the take-over of ${address}: ${alerts[0]?.sentence ?? ""}`;
  return {
    ...about,
    kind: "summary",
    urgency: alerts.map(({ urgency }) => urgency).reduce<AlertUrgency>(worstUrgency, "info"),
    sentence: cut(sentence, BOUNDS.alertSentenceChars),
    cause: `take-over of ${address}`,
    alerts: alerts.slice(0, BOUNDS.alertsNamed),
    alertCount: alerts.length,
    link: publicUrl,
    isResolved: false,
  };
}
