import { describe, expect, test } from "vitest";
import { chatChannel, failing, SENT } from "../support/alert-bed.ts";
import { endNow, incidentOf, openNow, startBed } from "../support/alert-incidents.ts";
import { incidentRecord, member, openAlert, route } from "../support/sample-alerts.ts";

const EVIDENCE = incidentRecord().evidence;

describe("an incident", () => {
  test("is sent after wait and group-wait, and resolved at its end", async () => {
    const bed = startBed();
    const record = openNow(bed);
    await bed.emit("incident-opened", record);
    await bed.clock.advance(6_900);
    expect(bed.lines).toEqual([]);
    await bed.clock.advance(300);
    expect(bed.lines).toEqual([
      "firing: cp-2 is UP in HAProxy and failing our probe; 204 sessions so far, 2 healthy left",
    ]);
    await bed.clock.advance(100_000);
    await bed.emit("incident-ended", endNow(bed, record));
    await bed.clock.advance(200);
    expect(bed.lines[1]).toMatch(/^resolved: cp-2 is healthy again after 1 min 47 s; 204 sessions went to it/);
    expect(bed.arrived[1]?.thread).toBe(bed.arrived[0]?.thread);
  });

  test("that heals within wait sends nothing", async () => {
    const bed = startBed();
    const record = openNow(bed);
    await bed.emit("incident-opened", record);
    await bed.clock.advance(3_000);
    const healing = {
      ...record,
      version: 2,
      state: { kind: "healing", flaps: 0, since: bed.clock.wall(), end: "agreed" },
    } as const;
    await bed.emit("incident-changed", healing);
    await bed.clock.advance(10_000);
    await bed.emit("incident-ended", endNow(bed, healing));
    await bed.clock.advance(300_000);
    expect(bed.attempts).toEqual([]);
  });

  test("with wait and group-wait of zero is sent at once", async () => {
    const bed = startBed({ settings: { routes: [route({ waitMs: 0, groupWaitMs: 0 })] } });
    await bed.emit("incident-opened", openNow(bed));
    await bed.clock.advance(0);
    expect(bed.arrived).toHaveLength(1);
  });

  test("that is acknowledged is not repeated", async () => {
    const bed = startBed({ settings: { routes: [route({ repeatMs: 3_600_000 })] } });
    const record = openNow(bed);
    await bed.emit("incident-opened", record);
    await bed.clock.advance(3_700_000);
    expect(bed.arrived.map(({ cause }) => cause)).toEqual(["new", "still firing after 1 h"]);
    const acknowledgement = { at: bed.clock.wall(), name: "ana", text: "on it" };
    await bed.emit("incident-changed", { ...record, version: 2, acknowledgement });
    await bed.clock.advance(8 * 3_600_000);
    expect(bed.arrived).toHaveLength(2);
  });

  test("that a person expects is not sent, and counted", async () => {
    const bed = startBed();
    const expected = { at: 0, name: "ana", text: "vendor bug" };
    await bed.emit("incident-opened", openNow(bed, { expected }));
    await bed.clock.advance(60_000);
    expect(bed.attempts).toEqual([]);
    expect(bed.held[0]).toBe("chat 019ab000-0000-7000-8000-000000000001: expected: vendor bug");
  });
});

describe("many incidents", () => {
  test("of 300 servers of one backend are one message, then one resolved", async () => {
    const bed = startBed();
    const records = Array.from({ length: 300 }, (_, i) => incidentOf(bed, i));
    for (const [i, record] of records.entries()) {
      await bed.emit("incident-opened", record);
      if (i % 100 === 99) await bed.clock.advance(500);
    }
    await bed.clock.advance(30_000);
    expect(bed.lines).toEqual([
      "firing: 300 servers of k8s-api are UP in HAProxy and failing their probes; 300 sessions so far",
    ]);
    for (const record of records) await bed.emit("incident-ended", endNow(bed, record));
    await bed.clock.advance(120_000);
    expect(bed.lines.slice(1)).toEqual([
      "resolved: 300 servers of k8s-api are no longer falsely UP; 300 sessions went to them",
    ]);
  });

  test("of one API server behind three backends of two instances are one incident and one message", async () => {
    const bed = startBed();
    const members = [member("lb-1", "a", "cp-2"), member("lb-1", "b", "cp-2"), member("lb-2", "c", "cp-2")];
    await bed.emit("incident-opened", openNow(bed, { members }));
    await bed.clock.advance(30_000);
    expect(bed.lines).toEqual(["firing: 10.0.0.12:6443 is UP in 2 HAProxies and failing our probe; 2 healthy left"]);
  });

  test("beyond a channel's per-minute are counted in one summary, and follow later if they still fire", async () => {
    const bed = startBed({
      settings: { channels: [chatChannel({ perMinute: 5 })], routes: [route({ groupBy: ["target"] })] },
    });
    const records = Array.from({ length: 12 }, (_, i) => incidentOf(bed, i));
    for (const record of records) await bed.emit("incident-opened", record);
    await bed.clock.advance(59_500);
    expect(bed.arrived.map(({ kind }) => kind)).toEqual([...Array<string>(5).fill("firing"), "summary"]);
    expect(bed.arrived[5]?.sentence).toMatch(/^7 further messages held back/);
    await bed.clock.advance(60_000);
    expect(bed.arrived.filter(({ kind }) => kind === "firing").length).toBe(10);
  });
});

describe("a receiver", () => {
  test("that answers 500 for ten minutes, then 429, then hangs, then works gets everything, in order, once", async () => {
    const bed = startBed();
    const [a, b] = [incidentOf(bed, 1), incidentOf(bed, 2)];
    const hang: { end: (() => void) | null } = { end: null };
    const began = bed.clock.now();
    bed.respond = () => {
      const minutes = (bed.clock.now() - began) / 60_000;
      if (minutes < 10) return failing(500);
      if (minutes < 20) return failing(429, 300_000);
      if (hang.end !== null) return SENT;
      return new Promise((resolve) => {
        hang.end = () => resolve({ kind: "retry", status: null, error: "no response within 10000 ms", afterMs: null });
      });
    };
    await bed.emit("incident-opened", a);
    await bed.clock.advance(120_000);
    await bed.emit("incident-opened", { ...b, confirmedAt: bed.clock.wall(), suspectedAt: bed.clock.wall() });
    while (hang.end === null) await bed.clock.advance(10_000);
    hang.end();
    await bed.clock.advance(2 * 3_600_000);
    expect(bed.arrived.map(({ n, kind, alertCount }) => [n, kind, alertCount])).toEqual([
      [1, "firing", 1],
      [2, "updated", 2],
    ]);
    const ids = bed.arrived.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    // Each attempt for a message had its id.
    expect(new Set(bed.attempts.map(({ notification }) => notification.id)).size).toBe(2);
  });

  test("is not asked again before its Retry-After", async () => {
    const bed = startBed();
    bed.respond = () => (bed.attempts.length === 0 ? failing(429, 600_000) : SENT);
    await bed.emit("incident-opened", openNow(bed));
    await bed.clock.advance(600_000);
    expect(bed.attempts).toHaveLength(1);
    await bed.clock.advance(10_000);
    expect(bed.arrived).toHaveLength(1);
  });

  test("that never got the firing gets one message that says both", async () => {
    const bed = startBed();
    bed.respond = () => failing(503);
    const record = openNow(bed);
    await bed.emit("incident-opened", record);
    await bed.clock.advance(60_000);
    await bed.emit("incident-ended", endNow(bed, record));
    await bed.clock.advance(1_000);
    bed.respond = () => SENT;
    await bed.clock.advance(3_600_000);
    expect(bed.lines).toEqual([
      "resolved: cp-2 is healthy again after 1 min; 204 sessions went to it; HAProxy never noticed",
    ]);
    expect(bed.results).toContainEqual(["chat", "superseded"]);
  });

  test("that answers 410 is sent nothing more", async () => {
    const bed = startBed();
    bed.respond = () => ({ kind: "gone", status: 410, error: "HTTP 410" });
    await bed.emit("incident-opened", openNow(bed));
    await bed.clock.advance(60_000);
    await bed.emit("incident-opened", incidentOf(bed, 7));
    await bed.clock.advance(180_000);
    expect(bed.attempts).toHaveLength(1);
    expect(bed.results).toEqual([
      ["chat", "disabled"],
      ["chat", "disabled"],
    ]);
  });

  test("that fails delays no other channel", async () => {
    const channels = [chatChannel(), chatChannel({ name: "pager" })];
    const bed = startBed({
      settings: { channels, routes: [route({ channels: ["chat", "pager"], groupBy: ["target"] })] },
    });
    bed.respond = (_notification, { name }) => (name === "chat" ? failing(500) : SENT);
    for (let i = 0; i < 15; i += 1) await bed.emit("incident-opened", incidentOf(bed, i));
    await bed.clock.advance(8_000);
    expect(bed.attempts.filter(({ channel }) => channel === "pager")).toHaveLength(15);
    // A failing one is asked with one message at a time.
    await bed.clock.advance(60_000);
    expect(bed.attempts.filter(({ channel }) => channel === "chat").length).toBeLessThan(20);
  });

  test("gets a message that is older than retry.for, once, where it waited for haprobe", async () => {
    const bed = startBed({ settings: { retry: { firstMs: 2_000, maxMs: 60_000, forMs: 600_000 } } });
    bed.respond = () => failing(500);
    await bed.emit("incident-opened", openNow(bed));
    await bed.clock.advance(8_000);
    await bed.dispatcher.stop();
    await bed.clock.advance(3_600_000);
    const next = startBed({ clock: bed.clock, store: bed.store, settings: bed.settings });
    await bed.clock.advance(2_000);
    expect(next.arrived.map(({ kind }) => kind)).toEqual(["firing"]);
  });

  test("gets a message again that a person resends, however old it is, also while it fails", async () => {
    const bed = startBed({ settings: { retry: { firstMs: 2_000, maxMs: 60_000, forMs: 600_000 } } });
    await bed.emit("incident-opened", openNow(bed));
    await bed.clock.advance(3_600_000);
    const [message] = bed.arrived;
    if (message === undefined) throw new Error("nothing arrived");
    bed.respond = () => failing(503);
    const members = [member("lb-1", "web", "w-1")];
    await bed.emit("incident-opened", {
      ...incidentOf(bed, 2),
      members,
      evidence: { ...EVIDENCE, key: "lb-1/web/w-1" },
    });
    await bed.clock.advance(10_000);
    expect(await bed.store.resend(message.id)).toBe(true);
    await bed.clock.advance(60_000);
    const attempts = bed.attempts.filter(({ notification }) => notification.id === message.id);
    expect(attempts.map(({ outcome }) => outcome.status)).toEqual([200, 503]);
    // One attempt: then a person is told.
    expect((await bed.store.notification(message.id))?.entry.status).toBe("failed");
    bed.respond = () => SENT;
    expect(await bed.store.resend(message.id)).toBe(true);
    await bed.clock.advance(120_000);
    expect((await bed.store.notification(message.id))?.entry.status).toBe("sent");
  });

  test("is given up after retry.for", async () => {
    const bed = startBed({ settings: { retry: { firstMs: 2_000, maxMs: 60_000, forMs: 600_000 } } });
    bed.respond = () => failing(500);
    await bed.emit("incident-opened", openNow(bed));
    await bed.clock.advance(700_000);
    expect(bed.results.at(-1)).toEqual(["chat", "given-up"]);
    const { rows } = await bed.store.notifications({ channel: null, status: "failed", cursor: null, limit: 10 });
    expect(rows).toHaveLength(1);
  });
});

describe("a notice", () => {
  const unreachable = openAlert(
    { places: [{ instance: "lb-1", backend: null, server: null }] },
    {
      id: "instance-unreachable lb-1",
      name: "instance-unreachable",
      isIncident: false,
      sentence: "lb-1 cannot be reached",
      origin: { instance: "lb-1", backend: null, server: null },
    },
  );

  test("is sent when it begins and when it ends", async () => {
    const bed = startBed();
    await bed.setNotices([{ ...unreachable, confirmedAt: bed.clock.wall() }]);
    await bed.clock.advance(8_000);
    await bed.setNotices([]);
    await bed.clock.advance(2_000);
    expect(bed.arrived.map(({ kind, isResolved }) => [kind, isResolved])).toEqual([
      ["notice", false],
      ["notice", true],
    ]);
  });

  test("has not ended because a new process does not know it yet", async () => {
    const bed = startBed();
    await bed.setNotices([{ ...unreachable, confirmedAt: bed.clock.wall() }]);
    await bed.clock.advance(8_000);
    bed.notices = [];
    bed.areNoticesKnown = false;
    await bed.clock.advance(300_000);
    expect(bed.arrived).toHaveLength(1);
    bed.areNoticesKnown = true;
    await bed.clock.advance(61_000);
    expect(bed.arrived).toHaveLength(2);
  });
});

test("Alertmanager is sent a firing alert again and again, and the end once", async () => {
  const url = { kind: "text", text: "http://127.0.0.1:9/" } as const;
  const channel = chatChannel({ name: "am", transport: { type: "alertmanager", url, bearerToken: null } });
  const bed = startBed({ settings: { channels: [channel], routes: [route({ channels: ["am"] })] } });
  const record = openNow(bed);
  await bed.emit("incident-opened", record);
  await bed.clock.advance(310_000);
  expect(bed.arrived.length).toBeGreaterThanOrEqual(5);
  expect(new Set(bed.arrived.map(({ id }) => id)).size).toBe(1);
  await bed.emit("incident-ended", endNow(bed, record));
  await bed.clock.advance(600_000);
  expect(bed.arrived.filter(({ kind }) => kind === "resolved")).toHaveLength(1);
});
