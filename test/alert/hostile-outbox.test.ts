import { describe, expect, test } from "vitest";
import { createAlertControl } from "../../server/alert/alert-control.ts";
import { parseOutboxBody } from "../../server/alert/outbox-body.ts";
import type { OutboxBody } from "../../server/alert/pipeline/group-message-state.ts";
import { AlertBed } from "../support/alert-bed.ts";
import { incidentRecord } from "../support/sample-alerts.ts";

/** Alerting with one incident, whose message has been sent; the body of that. */
async function createBed() {
  const bed = new AlertBed();
  bed.dispatcher.start();
  const now = bed.clock.wall();
  await bed.emit("incident-opened", incidentRecord({ suspectedAt: now, confirmedAt: now, changes: [] }));
  await bed.clock.advance(8_000);
  const { rows } = await bed.store.notifications({ channel: null, status: null, cursor: null, limit: 10 });
  const [entry] = rows;
  if (entry === undefined) throw new Error("nothing was sent");
  return { bed, entry, body: JSON.parse(entry.body) as OutboxBody };
}

const CHANGES: readonly (readonly [what: string, change: (body: OutboxBody) => unknown])[] = [
  ["nothing", () => null],
  ["a list", () => []],
  ["no message", ({ sent }) => ({ sent, route: "", firstN: 1 })],
  ["alerts that are none", (body) => ({ ...body, notification: { ...body.notification, alerts: [null] } })],
  [
    "a text for the alerts",
    (body) => ({ ...body, notification: { ...body.notification, alerts: "x".repeat(100_000) } }),
  ],
  ["no time", (body) => ({ ...body, notification: { ...body.notification, at: "yesterday" } })],
  ["a number for the sentence", (body) => ({ ...body, notification: { ...body.notification, sentence: 7 } })],
  [
    "labels that are none",
    (body) => ({
      ...body,
      notification: {
        ...body.notification,
        alerts: body.notification.alerts.map((alert) => ({ ...alert, labels: { a: 1 } })),
      },
    }),
  ],
  ["nothing sent", (body) => ({ ...body, sent: null })],
  ["a brief that is none", (body) => ({ ...body, sent: body.sent.map((sent) => ({ ...sent, unnamed: {} })) })],
];

describe("a message of the outbox", () => {
  test("is read as it was written", async () => {
    const { entry, body } = await createBed();
    expect(parseOutboxBody(entry.body)).toEqual(body);
  });

  test.each([
    ...CHANGES.map(([what, change]) => [what, (body: OutboxBody) => JSON.stringify(change(body))] as const),
    ["no JSON", () => "{"] as const,
  ])("that no haprobe wrote is not sent, and the next one of its lane is: %s", async (_what, change) => {
    const { bed, entry, body } = await createBed();
    const { lane, channel, incident } = entry;
    const draft = { lane, channel, incident, kind: "notice", dueInMs: 0 };
    const outbox = [
      { ...draft, id: "00000000-0000-4000-8000-000000000001", n: entry.n + 1, body: change(body) },
      { ...draft, id: "00000000-0000-4000-8000-000000000002", n: entry.n + 2, body: entry.body },
    ];
    await bed.store.commit({ source: null, events: [], incidents: [], outbox, timers: [], done: [] });
    bed.dispatcher.expect(0);
    await bed.clock.advance(5_000);
    expect(bed.results.map(([, result]) => result)).toEqual(["sent", "rejected", "sent"]);
    expect(bed.attempts).toHaveLength(2);
  });

  test("that no haprobe wrote is listed without its words, and the group goes on after it", async () => {
    const { bed, entry } = await createBed();
    const { lane, channel, incident } = entry;
    const outbox = [
      {
        id: "00000000-0000-4000-8000-000000000001",
        lane,
        channel,
        incident,
        kind: "firing",
        dueInMs: 0,
        n: entry.n + 1,
        body: "{}",
      },
    ];
    await bed.store.commit({ source: null, events: [], incidents: [], outbox, timers: [], done: [] });
    const status = () => ({ results: [], waiting: 0, oldestMadeAt: null, failing: [], heartbeat: null });
    const { store, sources, send, groups, clock } = bed;
    const control = createAlertControl({ store, sources, send, groups, wake: () => {}, status }, clock);
    const { rows } = await control.notifications({ channel: null, status: null, cursor: null, limit: 10 });
    expect(rows.map(({ sentence }) => sentence !== "")).toEqual([false, true]);
    expect(await control.notification("00000000-0000-4000-8000-000000000001")).toMatchObject({ sentence: "" });
    expect(await control.preview()).toHaveLength(1);
    await bed.clock.advance(8 * 3_600_000);
    expect(bed.attempts.length).toBeGreaterThan(1);
  });
});
