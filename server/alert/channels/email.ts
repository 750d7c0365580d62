import type { Notification } from "../../contract/notification.ts";
import { headline } from "../message/headline.ts";
import { sectionsOf } from "../message/sections.ts";
import type { Channel } from "./channel.ts";

/** Plain text mails; those of one thread answer its first one, whose id follows from the thread. */
export const emailChannel: Channel<"email"> = {
  format(notification, { from, to }) {
    const { id, thread, n } = notification;
    const domain = /@([\w.-]+)>?\s*$/.exec(from)?.[1] ?? "haprobe.invalid";
    return {
      kind: "mail",
      from,
      to,
      subject: `[haprobe] ${headline(notification)}`,
      text: toText(notification),
      messageId: `${n === 1 ? thread : id}@${domain}`,
      inReplyTo: n === 1 ? null : `${thread}@${domain}`,
      isUrgent: notification.urgency === "critical" && !notification.isResolved,
    };
  },
};

function toText(notification: Notification): string {
  const sections = sectionsOf(notification).map(({ title, lines }) => {
    return lines.length === 1 ? `${title}: ${lines[0]}` : [`${title}:`, ...lines.map((line) => `  ${line}`)].join("\n");
  });
  return [headline(notification), ...sections, notification.link ?? ""].filter(Boolean).join("\n\n");
}
