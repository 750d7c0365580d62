import { describe, expect, test } from "vitest";
import { BOUNDS } from "../../server/bounds.ts";
import type { AlertMatch, Silence } from "../../server/contract/alert-settings.ts";
import type { AlertBed } from "../support/alert-bed.ts";
import { chatChannel } from "../support/alert-bed.ts";
import { endNow, incidentOf, openNow, startBed } from "../support/alert-incidents.ts";
import { openAlert, route } from "../support/sample-alerts.ts";

async function silence(bed: AlertBed, match: AlertMatch): Promise<Silence> {
  const from = bed.clock.wall();
  const made: Silence = { id: "s", match, from, until: from + 9e6, reason: "upgrade", author: "ana", endedAt: null };
  await bed.store.putSilence(made);
  return made;
}

/** `kind, whether all has ended, urgency: sentence` of each message that arrived. */
function story(bed: AlertBed): string[] {
  return bed.arrived.map(({ kind, isResolved, urgency, sentence }) => {
    return `${kind}${isResolved ? ", resolved" : ""}, ${urgency}: ${sentence}`;
  });
}

describe("a group of which one alert is silenced after it was sent", () => {
  test("goes on while that one fires, and is resolved with it", async () => {
    const bed = startBed();
    const [a, b] = [incidentOf(bed, 1), { ...incidentOf(bed, 2), urgency: "critical" as const }];
    for (const record of [a, b]) await bed.emit("incident-opened", record);
    await bed.clock.advance(70_000);
    await silence(bed, { server: ["cp-2"] });
    await bed.emit("incident-ended", endNow(bed, a));
    await bed.clock.advance(61_000);
    expect(story(bed).slice(1)).toEqual([
      "updated, critical: cp-1 is healthy again after 1 min 10 s; 1 session went to it; HAProxy never noticed; 1 further alert held",
    ]);
    await bed.emit("incident-ended", endNow(bed, b));
    await bed.clock.advance(1_000);
    expect(story(bed).slice(2)).toEqual([
      "resolved, resolved, critical: cp-2 is healthy again after 2 min 11 s; 1 session went to it; HAProxy never noticed",
    ]);
    expect(new Set(bed.arrived.map(({ thread }) => thread)).size).toBe(1);
  });

  test("does not begin anew when the silence ends", async () => {
    const bed = startBed();
    const [a, b] = [incidentOf(bed, 1), incidentOf(bed, 2)];
    for (const record of [a, b]) await bed.emit("incident-opened", record);
    await bed.clock.advance(70_000);
    const made = await silence(bed, { server: ["cp-2"] });
    await bed.emit("incident-ended", endNow(bed, a));
    await bed.clock.advance(61_000);
    await bed.store.putSilence({ ...made, endedAt: bed.clock.wall() });
    await bed.clock.advance(300_000);
    expect(bed.arrived.map(({ kind }) => kind)).toEqual(["firing", "updated"]);
  });

  test("of which nothing else is left sends its end", async () => {
    const bed = startBed();
    const record = openNow(bed);
    await bed.emit("incident-opened", record);
    await bed.clock.advance(10_000);
    await silence(bed, {});
    await bed.clock.advance(120_000);
    await bed.emit("incident-ended", endNow(bed, record));
    await bed.clock.advance(1_000);
    expect(bed.arrived.map(({ kind }) => kind)).toEqual(["firing", "resolved"]);
  });
});

describe("an alert that waits while its group", () => {
  test("is resolved is sent once it has stood for wait and group-wait", async () => {
    const bed = startBed();
    const first = incidentOf(bed, 1);
    await bed.emit("incident-opened", first);
    await bed.clock.advance(20_000);
    await bed.emit("incident-opened", incidentOf(bed, 2));
    await bed.clock.advance(1_000);
    await bed.emit("incident-ended", endNow(bed, first));
    await bed.clock.advance(7_000);
    expect(bed.arrived.map(({ kind, n }) => [kind, n])).toEqual([
      ["firing", 1],
      ["resolved", 2],
      ["firing", 1],
    ]);
  });

  test("is open joins once it has stood for wait, also where the group was looked at meanwhile", async () => {
    const bed = startBed();
    const first = incidentOf(bed, 1);
    await bed.emit("incident-opened", first);
    await bed.clock.advance(100_000);
    await bed.emit("incident-opened", incidentOf(bed, 2));
    await bed.clock.advance(1_000);
    await bed.emit("incident-changed", { ...first, version: 2 });
    await bed.clock.advance(7_000);
    expect(bed.arrived.map(({ kind, cause }) => [kind, cause])).toEqual([
      ["firing", "new"],
      ["updated", "1 joined"],
    ]);
  });
});

describe("a route without send-resolved", () => {
  const settings = { routes: [route({ sendResolved: false })] };

  test("never says that something has ended, and begins anew afterwards", async () => {
    const bed = startBed({ settings });
    const [a, b] = [incidentOf(bed, 1), incidentOf(bed, 2)];
    for (const record of [a, b]) await bed.emit("incident-opened", record);
    await bed.clock.advance(70_000);
    await bed.emit("incident-ended", endNow(bed, a));
    await bed.clock.advance(120_000);
    expect(bed.arrived).toHaveLength(1);
    await bed.emit("incident-ended", endNow(bed, b));
    await bed.clock.advance(120_000);
    await bed.emit("incident-opened", incidentOf(bed, 3));
    await bed.clock.advance(8_000);
    expect(bed.arrived.map(({ kind, alertCount, n }) => [kind, alertCount, n])).toEqual([
      ["firing", 2, 1],
      ["firing", 1, 1],
    ]);
  });
});

describe("more alerts than a message names", () => {
  test("of notices end with it", async () => {
    const bed = startBed({ settings: { routes: [route({ groupBy: [] })] } });
    const notices = Array.from({ length: BOUNDS.alertsNamed + 10 }, (_, i) =>
      openAlert(
        { confirmedAt: bed.clock.wall(), places: [{ instance: `lb-${i}`, backend: null, server: null }] },
        {
          id: `instance-unreachable lb-${i}`,
          name: "instance-unreachable",
          isIncident: false,
          subject: `lb-${i}`,
          sentence: `lb-${i} cannot be polled`,
          sessions: 0,
        },
      ),
    );
    await bed.setNotices(notices);
    await bed.clock.advance(8_000);
    await bed.setNotices(notices.slice(0, 1));
    await bed.clock.advance(61_000);
    expect(bed.arrived.map(({ alertCount, isResolved }) => [alertCount, isResolved])).toEqual([
      [30, false],
      [30, false],
    ]);
    await bed.setNotices([]);
    await bed.clock.advance(1_000);
    expect(bed.lines[2]).toBe("notice: lb-0 cannot be polled");
    expect(bed.arrived[2]?.isResolved).toBe(true);
  });

  test("beyond the most that one group holds, join once others have ended, and none is lost", async () => {
    const bed = startBed({ settings: { channels: [chatChannel({ perMinute: 100 })] } });
    const records = Array.from({ length: BOUNDS.alertGroupMax + 200 }, (_, i) => incidentOf(bed, i));
    for (const record of records) await bed.emit("incident-opened", record);
    await bed.clock.advance(8_000);
    const ended = records.slice(0, 500);
    for (const record of ended) await bed.emit("incident-ended", endNow(bed, record));
    await bed.clock.advance(130_000);
    for (const record of records.slice(500)) await bed.emit("incident-ended", endNow(bed, record));
    await bed.clock.advance(130_000);
    const resolved = new Set<string>();
    let isLast = false;
    for (const entry of await bed.store.lane('chat ["default","","fra/k8s-api"]', 10)) {
      const { sent } = JSON.parse(entry.body) as { sent: { id: string; isResolved: boolean }[] };
      for (const each of sent) if (each.isResolved) resolved.add(each.id);
      isLast ||= entry.kind === "resolved";
    }
    expect([resolved.size, isLast]).toEqual([records.length, true]);
  });
});

describe("ids of messages and threads", () => {
  test("are the same for the same news of an incident where the outbox was lost, and other ones for a summary", async () => {
    const before = startBed({ settings: { channels: [chatChannel({ perMinute: 1 })], routes: [BY_TARGET] } });
    for (const i of [1, 2]) await before.emit("incident-opened", incidentOf(before, i));
    await before.clock.advance(59_900);
    const after = startBed({ clock: before.clock, settings: before.settings });
    for (const i of [1, 2]) await after.emit("incident-opened", incidentOf(after, i));
    await before.clock.advance(60_000);
    const sent = (bed: AlertBed): string[] => bed.arrived.slice(0, 2).flatMap(({ id, thread }) => [id, thread]);
    expect(after.arrived.map(({ kind }) => kind).slice(0, 2)).toEqual(["firing", "summary"]);
    const [firing, summary] = [0, 2];
    expect(sent(after).slice(firing, 2)).toEqual(sent(before).slice(firing, 2));
    expect(new Set([...sent(before).slice(summary), ...sent(after).slice(summary)]).size).toBe(4);
  });

  test("stay where a process goes on with the outbox of another", async () => {
    const bed = startBed();
    const record = incidentOf(bed, 1);
    await bed.emit("incident-opened", record);
    await bed.clock.advance(10_000);
    await bed.dispatcher.stop();
    const next = startBed({ clock: bed.clock, store: bed.store });
    await next.emit("incident-ended", endNow(bed, record));
    await bed.clock.advance(1_000);
    expect(next.arrived.map(({ thread, n }) => [thread, n])).toEqual([[bed.arrived[0]?.thread, 2]]);
  });
});

const BY_TARGET = route({ groupBy: ["target"] });
