import { headline } from "../message/headline.ts";
import { sectionsOf } from "../message/sections.ts";
import { breakMentions, cut } from "../plain-text.ts";
import type { Channel } from "./channel.ts";
import { jsonMessage } from "./channel.ts";

const TEXT_CHARS = 4_096;

interface Entity {
  readonly type: "pre";
  readonly offset: number;
  readonly length: number;
}

/** Telegram's Bot API, without a parse mode: text is shown as it is. Lines to paste are marked by their position. */
export const telegramChannel: Channel<"telegram"> = {
  format(notification, { url, botToken, chatId }) {
    let text = keepPlain(headline(notification));
    const entities: Entity[] = [];
    for (const { title, lines, isCode } of sectionsOf(notification)) {
      const before = `${text}\n\n${title}:${lines.length > 1 ? "\n" : " "}`;
      const rest = TEXT_CHARS - before.length;
      if (rest < 2) break;
      // In a marked text nothing is taken for a mention or a command.
      const shown = cut(isCode ? lines.join("\n") : lines.map(keepPlain).join("\n"), rest);
      if (isCode) entities.push({ type: "pre", offset: before.length, length: shown.length });
      text = `${before}${shown}`;
    }
    const { link } = notification;
    if (link !== null && text.length + link.length + 2 <= TEXT_CHARS) text = `${text}\n\n${link}`;
    return jsonMessage(`${url.replace(/\/+$/, "")}/bot${botToken}/sendMessage`, {
      chat_id: chatId,
      text,
      entities,
      link_preview_options: { is_disabled: true },
      disable_notification: notification.isResolved || notification.urgency === "info",
    });
  },
  retryAfterMs(body) {
    const seconds = /"retry_after"\s*:\s*(\d+)/.exec(body)?.[1];
    return seconds === undefined ? null : Number(seconds) * 1_000;
  },
};

/** Telegram makes links of `@name`, `#tag` and `/command`. */
function keepPlain(line: string): string {
  return breakMentions(line).replace(/(^|\s)\/(?=[a-z0-9_])/gi, "$1/\u200b");
}
