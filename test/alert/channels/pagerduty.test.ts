import { expect, test } from "vitest";
import type { HttpMessage } from "../../../server/alert/channels/channel.ts";
import { pagerDutyChannel } from "../../../server/alert/channels/pagerduty.ts";
import { resolvedNotification, sampleNotification } from "../../support/sample-alerts.ts";
import { TRANSPORTS } from "./open-transports.ts";

function format(notification = sampleNotification()): Record<string, unknown> {
  return JSON.parse((pagerDutyChannel.format(notification, TRANSPORTS.pagerduty, 0) as HttpMessage).body) as never;
}

test("a firing message triggers, the resolved one of its thread resolves the same incident", () => {
  const firing = format();
  expect(firing).toMatchObject({
    routing_key: "R0UT1NG",
    event_action: "trigger",
    payload: { severity: "warning", source: "10.0.0.12:6443", component: "cp-2", group: "k8s-api", class: "false-up" },
  });
  expect(format(resolvedNotification())).toEqual({
    routing_key: "R0UT1NG",
    event_action: "resolve",
    dedup_key: firing["dedup_key"],
  });
});

test("what has a limit keeps it: summary 1024 characters, deduplication key 255, severity one of four", () => {
  const { payload, dedup_key: key } = format(sampleNotification({ sentence: "x".repeat(2_000) }));
  const { summary, severity } = payload as { summary: string; severity: string };
  expect(summary).toHaveLength(1_024);
  expect(String(key).length).toBeLessThanOrEqual(255);
  expect(["critical", "error", "warning", "info"]).toContain(severity);
});
