import { expect, test } from "vitest";
import { alertmanagerChannel } from "../../../server/alert/channels/alertmanager.ts";
import { fingerprintOf } from "../../../server/alert/fingerprint.ts";
import type { HttpMessage } from "../../../server/alert/channels/channel.ts";
import { resolvedNotification, sampleAlert, sampleNotification } from "../../support/sample-alerts.ts";
import { TRANSPORTS } from "./open-transports.ts";

interface Posted {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt?: string;
}

function post(notification = sampleNotification()): HttpMessage {
  return alertmanagerChannel.format(notification, TRANSPORTS.alertmanager, 0) as HttpMessage;
}

function posted(notification = sampleNotification()): readonly Posted[] {
  return JSON.parse(post(notification).body) as readonly Posted[];
}

test("each alert of a message is one of Alertmanager's, with our labels", () => {
  expect(post().url).toBe("http://127.0.0.1:9093/api/v2/alerts");
  expect(post().headers).toMatchObject({ authorization: "Bearer t0ken" });
  const alerts = [sampleAlert(), sampleAlert({ id: "b", subject: "10.0.0.13:6443" })];
  expect(posted(sampleNotification({ alerts, alertCount: 2 })).map(({ labels }) => labels["subject"])).toEqual([
    "10.0.0.12:6443",
    "10.0.0.13:6443",
  ]);
  expect(posted()[0]?.labels).toEqual({
    alertname: "HaprobeFalseUp",
    severity: "warning",
    site: "fra",
    subject: "10.0.0.12:6443",
    haproxy: "lb-1",
    proxy: "k8s-api",
    server: "cp-2",
    fingerprint: fingerprintOf("false-up", "fra", "10.0.0.12:6443"),
    team: "platform",
  });
  expect(posted()[0]?.annotations["incident"]).toBe(sampleAlert().id);
});

test("the resolved alert has the labels of the firing one, and its end", () => {
  const [firing] = posted();
  const [resolved] = posted(resolvedNotification());
  expect(resolved?.labels).toEqual(firing?.labels);
  expect([firing?.endsAt, resolved?.endsAt]).toEqual([undefined, "2026-11-22T10:03:04.000Z"]);
});

test("names of labels have only the characters that Alertmanager takes", () => {
  const [alert] = posted(sampleNotification({}, { labels: { "cost-centre": ["a", "b"] } }));
  expect(alert?.labels["cost_centre"]).toBe("a,b");
});
