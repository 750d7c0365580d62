import { expect, test } from "vitest";
import type { HttpMessage } from "../../../server/alert/channels/channel.ts";
import { teamsChannel } from "../../../server/alert/channels/teams.ts";
import { HOSTILE, sampleAlert, sampleNotification } from "../../support/sample-alerts.ts";
import { TRANSPORTS } from "./open-transports.ts";

function body(notification = sampleNotification()): string {
  return (teamsChannel.format(notification, TRANSPORTS.teams, 0) as HttpMessage).body;
}

test("the message is an Adaptive Card whose texts have no Markdown", () => {
  const message = JSON.parse(body()) as { attachments: { content: { type: string; body: { type: string }[] } }[] };
  const [card] = message.attachments;
  expect(card).toMatchObject({
    contentType: "application/vnd.microsoft.card.adaptive",
    content: { type: "AdaptiveCard" },
  });
  // A TextBlock would format Markdown.
  expect(new Set(card?.content.body.map(({ type }) => type))).toEqual(new Set(["RichTextBlock"]));
});

test("no text calls a function of Adaptive Cards", () => {
  expect(body(sampleNotification({ sentence: HOSTILE.text }, { why: HOSTILE.text }))).not.toContain("{{");
});

test("it has at most 28 KB", () => {
  const alert = sampleAlert({ sentence: "€".repeat(140) });
  const notification = sampleNotification({ alerts: Array(200).fill(alert), alertCount: 200 });
  expect(Buffer.byteLength(body(notification))).toBeLessThanOrEqual(20_000);
});
