import type { Notification } from "../../contract/notification.ts";
import { formatCount } from "../../contract/quantity-text.ts";

/** The message that counts what a channel's cap holds back. */
export function summaryMessage(
  count: number,
  about: Pick<Notification, "id" | "thread" | "fingerprint" | "n" | "at">,
  publicUrl: string | null,
): Notification {
  return {
    ...about,
    kind: "summary",
    urgency: "warning",
    sentence: `${formatCount(count, "further message")} held back: too many at once. What still fires follows`,
    cause: "more messages than the channel's per-minute",
    alerts: [],
    alertCount: count,
    link: publicUrl,
    isResolved: false,
  };
}
