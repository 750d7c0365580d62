import type { Notification } from "../../contract/notification.ts";
import { sectionsOf } from "../message/sections.ts";
import { stateWord } from "../message/headline.ts";
import { cutBytes } from "../plain-text.ts";
import type { Channel } from "./channel.ts";
import { jsonMessage } from "./channel.ts";

/** A longer message would become an attachment. */
const MESSAGE_BYTES = 4_096;
const PRIORITIES = { critical: 5, warning: 4, info: 3 } as const;
const RESOLVED_PRIORITY = 3;

/** ntfy's JSON API; Markdown is off. */
export const ntfyChannel: Channel<"ntfy"> = {
  format(notification, { url, topic, token }) {
    const { urgency, isResolved, link } = notification;
    return jsonMessage(
      url,
      {
        topic,
        title: `${stateWord(notification)} haprobe`,
        message: cutBytes(toText(notification), MESSAGE_BYTES),
        priority: isResolved ? RESOLVED_PRIORITY : PRIORITIES[urgency],
        tags: [isResolved ? "white_check_mark" : urgency === "critical" ? "rotating_light" : "warning"],
        markdown: false,
        ...(link === null ? {} : { click: link }),
      },
      token === null ? {} : { authorization: `Bearer ${token}` },
    );
  },
};

function toText(notification: Notification): string {
  const sections = sectionsOf(notification).map(({ title, lines }) => `${title}: ${lines.join("\n")}`);
  return [notification.sentence, ...sections].join("\n");
}
