import { expect, test } from "vitest";
import { fingerprintOf } from "../../server/alert/fingerprint.ts";
import { createSender } from "../../server/alert/send/send-notification.ts";
import { systemClock } from "../../server/clock.ts";
import type { ChannelSettings } from "../../server/contract/alert-settings.ts";
import { ALERTMANAGER_MISSING_HINT, HAS_ALERTMANAGER, startAlertmanager } from "../support/real-alertmanager.ts";
import { sampleAlert, sampleNotification } from "../support/sample-alerts.ts";

test.skipIf(!HAS_ALERTMANAGER)(
  `a real Alertmanager shows an alert as firing and as resolved, with our labels${ALERTMANAGER_MISSING_HINT}`,
  { timeout: 180_000 },
  async () => {
    await using alertmanager = await startAlertmanager();
    const channel: ChannelSettings = {
      name: "am",
      transport: { type: "alertmanager", url: { kind: "text", text: alertmanager.url }, bearerToken: null },
      timeoutMs: 10_000,
      perMinute: 20,
    };
    const send = createSender({ clock: systemClock, userAgent: "haprobe/test" });
    const { signal } = new AbortController();
    const since = new Date(Date.now() - 60_000).toISOString();

    expect(await send(sampleNotification({}, { since }), channel, signal)).toEqual({ kind: "sent", status: 200 });
    const active = (await (await fetch(`${alertmanager.url}/api/v2/alerts`)).json()) as unknown[];
    const alert = sampleAlert();
    const annotations = { incident: alert.id };
    const labels = {
      alertname: "HaprobeFalseUp",
      severity: "warning",
      site: "fra",
      subject: "10.0.0.12:6443",
      haproxy: "lb-1",
      proxy: "k8s-api",
      server: "cp-2",
      fingerprint: fingerprintOf(alert.name, alert.site, alert.subject),
      team: "platform",
    };
    expect(active).toMatchObject([{ labels, annotations, status: { state: "active" }, startsAt: since }]);
    await expect
      .poll(() => alertmanager.forwarded, { timeout: 30_000 })
      .toMatchObject([{ status: "firing", labels, annotations }]);

    const resolved = { at: new Date().toISOString(), afterMs: 60_000, noticedAfterMs: null };
    const end = sampleNotification({ kind: "resolved", isResolved: true }, { since, resolved });
    expect(await send(end, channel, signal)).toMatchObject({ kind: "sent" });
    await expect
      .poll(() => alertmanager.forwarded.at(-1), { timeout: 30_000 })
      .toMatchObject({ status: "resolved", labels, annotations });
    expect(await (await fetch(`${alertmanager.url}/api/v2/alerts`)).json()).toEqual([]);
  },
);
