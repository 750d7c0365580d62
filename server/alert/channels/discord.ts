import { headline } from "../message/headline.ts";
import { sectionsOf } from "../message/sections.ts";
import { cut } from "../plain-text.ts";
import type { Channel } from "./channel.ts";
import { jsonMessage } from "./channel.ts";
import { escapeMarkdown } from "./markdown.ts";

const CONTENT_CHARS = 2_000;
const FIELD_CHARS = 1_024;
const FIELDS_MAX = 25;
/** Characters of all texts of the embeds of one message. */
const EMBED_CHARS = 6_000;
const COLOURS = { critical: 0xd32f2f, warning: 0xf9a825, info: 0x5c6bc0 } as const;
const RESOLVED_COLOUR = 0x388e3c;

/** Discord's webhooks. No text of a message can mention anyone. */
export const discordChannel: Channel<"discord"> = {
  format(notification, { url }) {
    let left = EMBED_CHARS;
    const fields: object[] = [];
    for (const { title, lines } of sectionsOf(notification).slice(0, FIELDS_MAX)) {
      const value = cutLines(lines.map(escapeMarkdown), Math.min(FIELD_CHARS, left - title.length));
      if (value === "") continue;
      left -= title.length + value.length;
      fields.push({ name: title, value, inline: false });
    }
    return jsonMessage(url, {
      content: cut(escapeMarkdown(headline(notification)), CONTENT_CHARS),
      allowed_mentions: { parse: [] },
      embeds: [
        {
          color: notification.isResolved ? RESOLVED_COLOUR : COLOURS[notification.urgency],
          timestamp: notification.at,
          ...(notification.link === null ? {} : { title: "haprobe", url: notification.link }),
          fields,
        },
      ],
    });
  },
  retryAfterMs: (body) => secondsToMs(/"retry_after"\s*:\s*(\d+(?:\.\d+)?)/.exec(body)?.[1]),
};

/** Whole lines in at most `maxChars`; a first one that is longer is cut, but within no escape. Empty where there is no room. */
function cutLines(lines: readonly string[], maxChars: number): string {
  const [first = ""] = lines;
  if (first.length > maxChars) return maxChars < 2 ? "" : cut(first, maxChars).replace(/\\…$/, "…");
  let text = "";
  for (const line of lines) {
    const next = text === "" ? line : `${text}\n${line}`;
    if (next.length > maxChars) break;
    text = next;
  }
  return text;
}

function secondsToMs(seconds: string | undefined): number | null {
  return seconds === undefined ? null : Math.ceil(Number(seconds) * 1_000);
}
