import type { Notification } from "../../contract/notification.ts";
import { renderToFit } from "../message/fit.ts";
import { sectionsOf } from "../message/sections.ts";
import { headline } from "../message/headline.ts";
import { breakMentions } from "../plain-text.ts";
import type { Channel } from "./channel.ts";
import { escapeMarkdown } from "./markdown.ts";

/** Mattermost refused attachments of more than 7,900 characters for years; Slack cuts a text at 40,000. */
const BODY_MAX_BYTES = { slack: 12_000, mattermost: 7_500, rocketchat: 12_000 } as const;
const COLOURS = { critical: "#d32f2f", warning: "#f9a825", info: "#5c6bc0" } as const;
const RESOLVED_COLOUR = "#388e3c";

/** Slack's incoming webhooks, and those of Mattermost and Rocket.Chat, which take the same attachments. */
export const slackChannel: Channel<"slack"> = {
  format(notification, { url, flavor }) {
    const escape = flavor === "slack" ? escapeEntities : (line: string) => breakMentions(escapeMarkdown(line));
    const render = (shown: Notification): string => JSON.stringify(toMessage(shown, escape));
    return {
      kind: "http",
      url,
      headers: { "content-type": "application/json" },
      body: renderToFit(notification, BODY_MAX_BYTES[flavor], render),
    };
  },
};

function toMessage(notification: Notification, escape: (line: string) => string): unknown {
  const text = escape(headline(notification));
  return {
    text,
    // Neither names nor URLs in the text become mentions or previews.
    mrkdwn: false,
    link_names: false,
    unfurl_links: false,
    unfurl_media: false,
    attachments: [
      {
        fallback: text,
        color: notification.isResolved ? RESOLVED_COLOUR : COLOURS[notification.urgency],
        mrkdwn_in: [],
        ...(notification.link === null ? {} : { title: "haprobe", title_link: notification.link }),
        fields: sectionsOf(notification).map(({ title, lines }) => ({
          title,
          value: lines.map(escape).join("\n"),
          short: false,
        })),
      },
    ],
  };
}

/** The three characters with which Slack's markup begins: mentions, links and entities are written `<…>` and `&…;`. */
function escapeEntities(line: string): string {
  return line.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
