import { describe, expect, test } from "vitest";
import { chatChannel } from "../support/alert-bed.ts";
import { endNow, incidentOf, startBed } from "../support/alert-incidents.ts";
import { route } from "../support/sample-alerts.ts";

describe("the end of what was sent arrives", () => {
  const channels = [chatChannel(), chatChannel({ name: "pager" })];

  test.each([
    ["whose route has another name now", [route({ name: "other" })]],
    ["whose route has another channel now", [route({ channels: ["pager"] })]],
    ["for which there is no route any more", [route({ name: "other", match: { site: ["elsewhere"] } })]],
  ])("of an alert %s", async (_what, routes) => {
    const bed = startBed({ settings: { channels } });
    const [a, b] = [incidentOf(bed, 1), incidentOf(bed, 2)];
    for (const record of [a, b]) await bed.emit("incident-opened", record);
    await bed.clock.advance(10_000);
    bed.settings = { ...bed.settings, routes };
    await bed.clock.advance(300_000);
    const sentTo = (name: string): (readonly [string, string])[] =>
      bed.attempts
        .filter(({ channel }) => channel === name)
        .map(({ notification: { kind, thread } }) => [kind, thread] as const);
    expect(sentTo("chat")).toHaveLength(1);
    await bed.emit("incident-ended", endNow(bed, a));
    await bed.emit("incident-ended", endNow(bed, b));
    await bed.clock.advance(120_000);
    const [began, ended, ...more] = sentTo("chat");
    expect([began?.[0], ended?.[0], more]).toEqual(["firing", "resolved", []]);
    expect(ended?.[1]).toBe(began?.[1]);
    // Afterwards nothing is looked at any more.
    await bed.clock.advance(120_000);
    expect(await bed.store.claim({ of: "timer", holder: "test", limit: 10, leaseMs: 1 })).toEqual([]);
  });
});

describe("many ends at once, more than a channel's per-minute", () => {
  test("all arrive, each after its beginning", async () => {
    const settings = { channels: [chatChannel({ perMinute: 5 })], routes: [route({ groupBy: ["target"] })] };
    const bed = startBed({ settings });
    const records = Array.from({ length: 12 }, (_, i) => incidentOf(bed, i));
    for (const record of records) await bed.emit("incident-opened", record);
    await bed.clock.advance(240_000);
    for (const record of records) await bed.emit("incident-ended", endNow(bed, record));
    await bed.clock.advance(240_000);
    const kinds = Map.groupBy(
      bed.arrived.filter(({ kind }) => kind !== "summary"),
      ({ thread }) => thread,
    );
    expect([...kinds.values()].map((sent) => sent.map(({ kind }) => kind))).toEqual(
      records.map(() => ["firing", "resolved"]),
    );
  });
});

test("an incident that ends while its beginning is on the way is resolved after it, once", async () => {
  const bed = startBed();
  const answer = Promise.withResolvers<void>();
  bed.respond = async ({ kind }) => {
    if (kind === "firing") await answer.promise;
    return { kind: "sent", status: 200 };
  };
  const record = incidentOf(bed, 1);
  await bed.emit("incident-opened", record);
  await bed.clock.advance(8_000);
  await bed.emit("incident-ended", endNow(bed, record));
  await bed.clock.advance(5_000);
  expect(bed.attempts).toEqual([]);
  answer.resolve();
  await bed.clock.advance(5_000);
  expect(bed.arrived.map(({ kind }) => kind)).toEqual(["firing", "resolved"]);
});
