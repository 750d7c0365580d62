import { expect, test } from "vitest";
import type { HttpMessage } from "../../../server/alert/channels/channel.ts";
import { telegramChannel } from "../../../server/alert/channels/telegram.ts";
import { HOSTILE, sampleAlert, sampleNotification } from "../../support/sample-alerts.ts";
import { TRANSPORTS } from "./open-transports.ts";

interface TelegramMessage {
  readonly text: string;
  readonly entities: readonly { type: string; offset: number; length: number }[];
}

function send(notification = sampleNotification()): HttpMessage {
  return telegramChannel.format(notification, TRANSPORTS.telegram, 0) as HttpMessage;
}

function format(notification = sampleNotification()): TelegramMessage {
  return JSON.parse(send(notification).body) as TelegramMessage;
}

test("lines to paste are marked, and are the lines as they are", () => {
  const { text, entities } = format();
  const marked = entities.map(({ offset, length }) => text.slice(offset, offset + length));
  expect(marked).toContain("option httpchk\nhttp-check expect status 200");
});

test("without a parse mode no markup counts, and no name is a mention or a command", () => {
  const { text } = format(sampleNotification({ sentence: `${HOSTILE.text} /stop` }));
  expect(JSON.parse(send().body)).not.toHaveProperty("parse_mode");
  expect(text).toContain("<b>bold</b> *a* _b_");
  expect(text).toContain("@\u200beveryone");
  expect(text).toContain(" /\u200bstop");
});

test("a text has at most 4,096 characters, and marks end within it", () => {
  const lines = Array<string>(30).fill("x".repeat(200));
  const { text, entities } = format(
    sampleNotification({ alerts: [sampleAlert({ evidence: lines, permanentFix: lines })] }),
  );
  expect(text.length).toBeLessThanOrEqual(4_096);
  for (const { offset, length } of entities) expect(offset + length).toBeLessThanOrEqual(text.length);
});

test("the wait that a 429 names is in its body, in seconds", () => {
  const body =
    '{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 35","parameters":{"retry_after":35}}';
  expect(telegramChannel.retryAfterMs?.(body)).toBe(35_000);
});
