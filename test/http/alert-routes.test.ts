import request from "supertest";
import { describe, expect, test } from "vitest";
import type { AlertControl } from "../../server/contract/alert-api.ts";
import type { AlertSettings } from "../../server/contract/alert-settings.ts";
import type { AlertWrite } from "../../server/http/alert-routes.ts";
import { HaprobeError } from "../../server/errors.ts";
import { createAlertControl } from "../../server/alert/alert-control.ts";
import { AlertBed, chatChannel, failing } from "../support/alert-bed.ts";
import { incidentRecord, route } from "../support/sample-alerts.ts";
import { createTestApp, NO_ALERTS } from "./test-app.ts";

/** The app over alerting with one incident. */
async function createBed(settings: Partial<AlertSettings> = {}) {
  const bed = new AlertBed({ settings });
  bed.dispatcher.start();
  const writes: AlertWrite[] = [];
  const control = createAlertControl(
    {
      store: bed.store,
      sources: bed.sources,
      send: bed.send,
      groups: bed.groups,
      wake: () => bed.dispatcher.expect(0),
      status: () => ({
        results: [],
        waiting: 0,
        oldestMadeAt: null,
        failing: [{ channel: "chat", error: "HTTP 503", disabled: true }],
        heartbeat: null,
      }),
    },
    bed.clock,
  );
  const { app } = createTestApp([], { alerts: control, onAlertWrite: (write) => writes.push(write) });
  const now = bed.clock.wall();
  await bed.emit("incident-opened", incidentRecord({ suspectedAt: now, confirmedAt: now, changes: [] }));
  return { bed, app, writes };
}

describe("/api/v1/notifications", () => {
  test("has each message with why, to whom, its attempts and the next one, and its payload", async () => {
    const { bed, app } = await createBed();
    bed.respond = () => failing(503);
    await bed.clock.advance(8_000);
    const { body: list } = await request(app).get("/api/v1/notifications").expect(200);
    expect(list).toMatchObject({
      notifications: [
        { channel: "chat", kind: "firing", cause: "new", route: "default", status: "waiting", attempts: 1 },
      ],
      next: null,
    });
    const { id } = (list as { notifications: { id: string }[] }).notifications[0] ?? { id: "" };
    const { body } = await request(app).get(`/api/v1/notifications/${id}`).expect(200);
    expect(body).toMatchObject({
      nextAttemptAt: expect.stringMatching(/^2026-11-22T10:00:0/),
      attemptLog: [{ status: 503, error: "HTTP 503" }],
      payload: { id, kind: "firing" },
    });
    await request(app)
      .get("/api/v1/notifications?status=sent")
      .expect(200, /"notifications":\[\]/);
    await request(app).get("/api/v1/notifications/none").expect(404);
  });

  test("sends one again under its id", async () => {
    const { bed, app, writes } = await createBed();
    await bed.clock.advance(8_000);
    const id = bed.arrived[0]?.id ?? "";
    await request(app)
      .post(`/api/v1/notifications/${id}/resend`)
      .send({})
      .expect(200, /"status":"waiting"/);
    await bed.clock.advance(1_000);
    expect(bed.arrived.map((each) => each.id)).toEqual([id, id]);
    expect(writes).toMatchObject([{ what: "notification-resent", id }]);
  });
});

describe("/api/v1/silences", () => {
  const silence = { match: { backend: "k8s-*" }, seconds: 3_600, reason: "upgrade", name: "ana" };

  test("hold what matches until they end", async () => {
    const { bed, app } = await createBed();
    const { body } = await request(app).post("/api/v1/silences/add").send(silence).expect(200);
    expect(body).toMatchObject({ match: { backend: ["k8s-*"] }, author: "ana", state: "active" });
    await bed.clock.advance(120_000);
    expect(bed.arrived).toEqual([]);
    expect(bed.held[0]).toMatch(/silenced by ana until .*: upgrade/);
    await request(app)
      .get("/api/v1/silences")
      .expect(200, /"upgrade"/);
    await request(app)
      .post(`/api/v1/silences/${(body as { id: string }).id}/end`)
      .send({})
      .expect(200, /"ended"/);
    await bed.clock.advance(1_000);
    expect(bed.arrived).toHaveLength(1);
  });

  test.each([
    [{ ...silence, match: {} }, "names nothing"],
    [{ ...silence, match: { bakend: "x" } }, "has other keys than verdict, notice"],
    [{ ...silence, match: { Backend: "k8s-*" } }, "has other keys than verdict, notice"],
    [{ ...silence, match: { "LABEL.team": "x" } }, "has other keys than verdict, notice"],
    [{ ...silence, match: { backend: "/k8s-.*/" } }, "a regular expression; a pattern is such as k8s-*"],
    [{ ...silence, match: { backend: ["a", "!/k8s/"] } }, "a regular expression; a pattern is such as k8s-*"],
    [{ ...silence, name: "ana\u202e" }, "has control characters"],
    [{ ...silence, name: undefined }, "name: is missing"],
    [{ ...silence, seconds: 0 }, "seconds"],
    [{ ...silence, until: 5 }, "until is not a field"],
  ])("refuse %j: %s", async (body, detail) => {
    const { app } = await createBed();
    const response = await request(app).post("/api/v1/silences/add").send(body).expect(400);
    expect((response.body as { detail: string }).detail).toContain(detail);
  });
});

test("/api/v1/alerts/preview says where each alert goes, and why not elsewhere", async () => {
  const { bed, app } = await createBed();
  const why = async (): Promise<string> => {
    const { body } = await request(app).get("/api/v1/alerts/preview").expect(200);
    const { alerts } = body as { alerts: { routes: { sends: boolean; why: string }[] }[] };
    return alerts.flatMap(({ routes }) => routes.map(({ sends, why: text }) => `${sends}: ${text}`)).join();
  };
  expect(await why()).toBe("true: is sent at 2026-11-22T10:00:07.000Z");
  await bed.clock.advance(8_000);
  expect(await why()).toMatch(/^true: sent since 2026-11-22T10:00:07/);
  bed.settings = {
    ...bed.settings,
    routes: bed.settings.routes.map((each) => ({ ...each, match: { site: ["ber"] } })),
  };
  expect(await why()).toBe("false: site is fra");
});

test("/api/v1/alerts/preview sends nothing where no channel is configured", async () => {
  const { bed, app } = await createBed();
  bed.settings = {
    ...bed.settings,
    channels: [],
    routes: bed.settings.routes.map((each) => ({ ...each, channels: [] })),
  };
  const { body } = await request(app).get("/api/v1/alerts/preview").expect(200);
  expect(body).toMatchObject({ alerts: [{ routes: [{ sends: false, why: "no channel is configured" }] }] });
});

test("/api/v1/channels/{name}/test answers what the receiver said", async () => {
  const { bed, app } = await createBed();
  bed.respond = () => failing(401);
  const test401 = await request(app).post("/api/v1/channels/chat/test").send({}).expect(200);
  expect(test401.body).toEqual({ channel: "chat", sent: false, status: 401, error: "HTTP 401" });
  await request(app).post("/api/v1/channels/none/test").send({}).expect(404);
});

test("a store that is away is 503, and a fault of haprobe is none of the store", async () => {
  const away = (): Promise<never> => Promise.reject(new HaprobeError("HAPROBE_STORE_UNREACHABLE", "away"));
  const alerts: AlertControl = { ...NO_ALERTS, notifications: away, silences: away, preview: away };
  const { app } = createTestApp([], { alerts });
  for (const path of ["notifications", "silences", "alerts/preview"]) {
    const { status, headers } = await request(app).get(`/api/v1/${path}`);
    expect([path, status, headers["retry-after"]]).toEqual([path, 503, "5"]);
  }
  const faulty = createTestApp([], {
    alerts: { ...NO_ALERTS, preview: () => Promise.reject(new TypeError("no")) },
  });
  await request(faulty.app).get("/api/v1/alerts/preview").expect(500);
  expect(faulty.internalErrors).toHaveLength(1);
});

describe("/api/v1/channels", () => {
  test("has those of the configuration, why the last message did not arrive, and what the limit holds back", async () => {
    const { bed, app } = await createBed({
      channels: [chatChannel({ perMinute: 1 })],
      routes: [route({ groupBy: ["target"] })],
    });
    const channel = async (): Promise<unknown> => {
      const { body } = await request(app).get("/api/v1/channels").expect(200);
      return (body as { channels: unknown[] }).channels[0];
    };
    const state = { name: "chat", type: "slack", perMinute: 1, error: "HTTP 503", disabled: true };
    expect(await channel()).toEqual({ ...state, held: 0 });
    const times = { suspectedAt: bed.clock.wall(), confirmedAt: bed.clock.wall(), changes: [] };
    await bed.emit("incident-opened", incidentRecord({ ...times, id: "i-2", subject: "10.0.0.99:443" }));
    await bed.clock.advance(8_000);
    expect(await channel()).toEqual({ ...state, held: 1 });
  });
});
