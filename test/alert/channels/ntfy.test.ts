import { expect, test } from "vitest";
import type { HttpMessage } from "../../../server/alert/channels/channel.ts";
import { ntfyChannel } from "../../../server/alert/channels/ntfy.ts";
import { resolvedNotification, sampleAlert, sampleNotification } from "../../support/sample-alerts.ts";
import { TRANSPORTS } from "./open-transports.ts";

function format(notification = sampleNotification()): Record<string, unknown> {
  return JSON.parse((ntfyChannel.format(notification, TRANSPORTS.ntfy, 0) as HttpMessage).body) as never;
}

test("a message goes to the topic, with a priority by its urgency and without Markdown", () => {
  expect(format(sampleNotification({ urgency: "critical" }))).toMatchObject({
    topic: "t0pic",
    title: "CRITICAL haprobe",
    priority: 5,
    markdown: false,
    click: "https://haprobe.example.org/?open=lb-1/k8s-api/cp-2",
  });
  expect(format(resolvedNotification())).toMatchObject({ title: "RESOLVED haprobe", priority: 3 });
});

test("it has at most 4,096 bytes, beyond which it would become a file", () => {
  const lines = Array<string>(12).fill("€".repeat(200));
  const { message } = format(sampleNotification({ alerts: [sampleAlert({ evidence: lines, permanentFix: lines })] }));
  expect(Buffer.byteLength(String(message))).toBeLessThanOrEqual(4_096);
});
