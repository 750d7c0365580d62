import { Webhook } from "standardwebhooks";
import { describe, expect, test } from "vitest";
import type { HttpMessage } from "../../../server/alert/channels/channel.ts";
import { webhookChannel } from "../../../server/alert/channels/webhook.ts";
import { resolvedNotification, sampleAlert, sampleNotification } from "../../support/sample-alerts.ts";
import { TRANSPORTS } from "./open-transports.ts";

const NEW = `whsec_${Buffer.from("a-new-secret-of-32-bytes-length!").toString("base64")}`;
const OLD = `whsec_${Buffer.from("an-old-secret-of-32-bytes-length").toString("base64")}`;

function format(at: number, secrets: readonly string[] = [NEW], notification = sampleNotification()): HttpMessage {
  return webhookChannel.format(notification, { ...TRANSPORTS.webhook, secrets }, at) as HttpMessage;
}

describe("a webhook follows Standard Webhooks", () => {
  test("its id is that of the notification, its body has type, timestamp and data", () => {
    const notification = sampleNotification();
    const { headers, body, url } = format(Date.now(), [NEW], notification);
    expect(headers["webhook-id"]).toBe(notification.id);
    expect(JSON.parse(body)).toEqual({ type: "incident.firing", timestamp: notification.at, data: notification });
    expect([url, headers["x-team"], headers["content-type"]]).toEqual([
      "https://hook.example/in",
      "platform",
      "application/json",
    ]);
  });

  test("each attempt is signed with its own time, over the same id and body", () => {
    const first = format(Date.now() - 3_600_000);
    const retry = format(Date.now());
    expect(retry.body).toBe(first.body);
    expect(retry.headers["webhook-id"]).toBe(first.headers["webhook-id"]);
    expect(retry.headers["webhook-timestamp"]).not.toBe(first.headers["webhook-timestamp"]);
    expect(retry.headers["webhook-signature"]).not.toBe(first.headers["webhook-signature"]);
    expect(new Webhook(NEW).verify(retry.body, { ...retry.headers })).toEqual(JSON.parse(retry.body));
  });

  test("while secrets rotate, receivers with either one verify it", () => {
    const { body, headers } = format(Date.now(), [NEW, OLD]);
    expect(() => new Webhook(NEW).verify(body, { ...headers })).not.toThrow();
    expect(() => new Webhook(OLD).verify(body, { ...headers })).not.toThrow();
  });

  test("without a secret it is not signed", () => {
    expect(format(0, []).headers).not.toHaveProperty("webhook-signature");
  });

  test.each([
    ["incident.resolved", resolvedNotification()],
    ["notice.split", sampleNotification({ kind: "notice" }, { name: "split" })],
    ["summary", sampleNotification({ kind: "summary", alerts: [] })],
    ["test", sampleNotification({ kind: "test" })],
  ])("its type is %s", (type, notification) => {
    expect(JSON.parse(format(0, [], notification).body)).toMatchObject({ type });
  });

  test("a body of more than 20 kB loses its evidence first", () => {
    const alert = sampleAlert({ evidence: Array(12).fill("x".repeat(200)) });
    const notification = sampleNotification({ alerts: Array(20).fill(alert), alertCount: 20 });
    const { body } = format(0, [], notification);
    expect(Buffer.byteLength(body)).toBeLessThanOrEqual(20_000);
    const { data } = JSON.parse(body) as { data: typeof notification };
    expect(data.alerts.length).toBeGreaterThan(1);
    expect(data.alerts[0]?.why).toBe(alert.why);
    expect(data.alerts[0]?.evidence.length).toBeLessThan(12);
  });
});
