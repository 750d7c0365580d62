import { expect, test } from "vitest";
import type { HttpMessage } from "../../../server/alert/channels/channel.ts";
import { discordChannel } from "../../../server/alert/channels/discord.ts";
import { HOSTILE, sampleAlert, sampleNotification } from "../../support/sample-alerts.ts";
import { TRANSPORTS } from "./open-transports.ts";

interface DiscordMessage {
  readonly content: string;
  readonly allowed_mentions: unknown;
  readonly embeds: readonly { fields: readonly { name: string; value: string }[] }[];
}

function format(notification = sampleNotification()): DiscordMessage {
  return JSON.parse((discordChannel.format(notification, TRANSPORTS.discord, 0) as HttpMessage).body) as never;
}

test("nothing in a message can mention anyone, and Markdown is escaped", () => {
  const { content, allowed_mentions: mentions } = format(sampleNotification({ sentence: HOSTILE.text }));
  expect(mentions).toEqual({ parse: [] });
  expect(content).toContain("\\*a\\* \\_b\\_ \\`c\\` \\[x\\]");
});

test("texts keep Discord's limits: content 2,000, a field 1,024, all of an embed 6,000, 25 fields", () => {
  const lines = Array<string>(12).fill("*".repeat(200));
  const alert = sampleAlert({ evidence: lines, permanentFix: lines, why: "_".repeat(500), mitigate: "`".repeat(500) });
  const notification = sampleNotification({ alerts: [alert], sentence: "[".repeat(3_000) });
  const { content, embeds } = format(notification);
  const fields = embeds[0]?.fields ?? [];
  expect(content.length).toBeLessThanOrEqual(2_000);
  expect(fields.length).toBeLessThanOrEqual(25);
  for (const { value } of fields) expect(value.length).toBeLessThanOrEqual(1_024);
  expect(fields.reduce((sum, { name, value }) => sum + name.length + value.length, 0)).toBeLessThanOrEqual(6_000);
});

test("a section that does not fit is left out or cut, and those behind it are shown", () => {
  const [member] = sampleAlert().members;
  if (member === undefined) throw new Error("no member");
  const members = Array.from({ length: 6 }, (_, i) => ({ ...member, key: `${"*".repeat(119)}${i}` }));
  const { embeds } = format(sampleNotification({}, { members, memberCount: 6 }));
  const fields = embeds[0]?.fields ?? [];
  expect(fields.map(({ name }) => name)).toEqual([
    "Since",
    "Servers",
    "Why",
    "Sessions",
    "Evidence",
    "Mitigate",
    "Permanent fix",
    "Sent because",
  ]);
  expect(fields[1]?.value.length).toBeLessThanOrEqual(1_024);
  expect(fields[1]?.value).toMatch(/\\\*…$/);
});

test("the wait that a 429 names is in its body, in seconds", () => {
  expect(
    discordChannel.retryAfterMs?.('{"message": "You are being rate limited.", "retry_after": 0.35, "global": false}'),
  ).toBe(350);
  expect(discordChannel.retryAfterMs?.("busy")).toBeNull();
});
