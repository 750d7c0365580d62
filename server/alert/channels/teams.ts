import type { Notification } from "../../contract/notification.ts";
import { renderToFit } from "../message/fit.ts";
import { headline } from "../message/headline.ts";
import { sectionsOf } from "../message/sections.ts";
import type { Channel } from "./channel.ts";

/** Teams documents 28 KB, and has been seen to refuse less. */
const BODY_MAX_BYTES = 20_000;

/** An Adaptive Card for the Workflows app of Microsoft Teams. Text runs, unlike text blocks, have no Markdown. */
export const teamsChannel: Channel<"teams"> = {
  format: (notification, { url }) => ({
    kind: "http",
    url,
    headers: { "content-type": "application/json" },
    body: renderToFit(notification, BODY_MAX_BYTES, (shown) => JSON.stringify(toMessage(shown))),
  }),
};

function toMessage(notification: Notification): unknown {
  const { link, isResolved, urgency } = notification;
  const colour = isResolved
    ? "good"
    : urgency === "critical"
      ? "attention"
      : urgency === "warning"
        ? "warning"
        : "accent";
  return {
    type: "message",
    attachments: [
      {
        contentType: "application/vnd.microsoft.card.adaptive",
        contentUrl: null,
        content: {
          $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
          type: "AdaptiveCard",
          version: "1.4",
          msteams: { width: "Full" },
          body: [
            block([{ ...run(headline(notification)), weight: "bolder", color: colour }]),
            ...sectionsOf(notification).map(({ title, lines, isCode }) =>
              block([
                { ...run(`${title}: ${lines.length > 1 ? "\n" : ""}`), weight: "bolder" },
                { ...run(lines.join("\n")), ...(isCode ? { fontType: "monospace" } : {}) },
              ]),
            ),
          ],
          actions: link === null ? [] : [{ type: "Action.OpenUrl", title: "Open in haprobe", url: link }],
        },
      },
    ],
  };
}

function block(inlines: readonly object[]): object {
  return { type: "RichTextBlock", inlines };
}

/** `{{DATE(…)}}` is a function of Adaptive Cards in any text. */
function run(text: string): object {
  return { type: "TextRun", text: text.replaceAll("{{", "{\u200b{") };
}
