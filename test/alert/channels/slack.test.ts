import { expect, test } from "vitest";
import type { HttpMessage } from "../../../server/alert/channels/channel.ts";
import { slackChannel } from "../../../server/alert/channels/slack.ts";
import { HOSTILE, resolvedNotification, sampleAlert, sampleNotification } from "../../support/sample-alerts.ts";
import { TRANSPORTS } from "./open-transports.ts";

interface SlackMessage {
  readonly text: string;
  readonly attachments: readonly { color: string; fields: readonly { title: string; value: string }[] }[];
}

function format(notification = sampleNotification(), flavor: "slack" | "mattermost" = "slack"): SlackMessage {
  return JSON.parse(
    (slackChannel.format(notification, { ...TRANSPORTS.slack, flavor }, 0) as HttpMessage).body,
  ) as never;
}

test("the text is the sentence with its urgency; what follows is in the fields of one attachment", () => {
  const { text, attachments } = format();
  expect(text).toMatch(/^WARNING: cp-2 is UP in HAProxy/);
  expect(attachments[0]?.fields.map(({ title }) => title)).toContain("Permanent fix");
});

test("a resolved message is green and says so", () => {
  const { text, attachments } = format(resolvedNotification());
  expect(text).toMatch(/^RESOLVED: /);
  expect(attachments[0]?.color).toBe("#388e3c");
});

test("Slack's markup is escaped: mentions, links and entities", () => {
  const { text, attachments } = format(sampleNotification({ sentence: HOSTILE.text }, { why: HOSTILE.text }));
  const shown = text + JSON.stringify(attachments);
  expect(text).toContain("&lt;!channel&gt; &lt;@U123|x&gt;");
  expect(shown).not.toMatch(/<[!@#h]/);
  expect(format()).toMatchObject({ mrkdwn: false, link_names: false, attachments: [{ mrkdwn_in: [] }] });
});

test.each([
  ["slack", 12_000],
  ["mattermost", 7_500],
  ["rocketchat", 12_000],
] as const)("a message to %s has at most %d bytes", (flavor, maxBytes) => {
  const lines = Array<string>(12).fill("*".repeat(200));
  const alert = sampleAlert({ evidence: lines, permanentFix: lines, why: "_".repeat(500), mitigate: "`".repeat(500) });
  const message = slackChannel.format(sampleNotification({ alerts: [alert] }), { ...TRANSPORTS.slack, flavor }, 0);
  expect(Buffer.byteLength((message as HttpMessage).body)).toBeLessThanOrEqual(maxBytes);
});

test("Mattermost's and Rocket.Chat's Markdown is escaped, and no name is a mention", () => {
  const { text } = format(sampleNotification({ sentence: HOSTILE.text }), "mattermost");
  expect(text).toContain("\\<!channel\\>");
  expect(text).toContain("@\u200beveryone");
  expect(text).toContain("\\*a\\* \\_b\\_ \\`c\\` \\[x\\]");
});
