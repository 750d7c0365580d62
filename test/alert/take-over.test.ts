import { describe, expect, test } from "vitest";
import { type Activity, ActivityWatch } from "../../server/alert/activity.ts";
import { isOwnAddress } from "../../server/alert/own-addresses.ts";
import { reportTakeOver } from "../../server/alert/take-over.ts";
import { BOUNDS } from "../../server/bounds.ts";
import { AlertBed, chatChannel } from "../support/alert-bed.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { incidentRecord, member } from "../support/sample-alerts.ts";

const VIP = "10.0.0.100";

function watch(address: string | null, has: { value: boolean }) {
  const clock = new FakeClock();
  const changes: string[] = [];
  const activities = new ActivityWatch({
    address: () => address,
    hasAddress: () => has.value,
    clock,
    onChange: (activity) => changes.push(activity),
    onTakenOver: () => changes.push("taken over"),
  });
  activities.start();
  return { clock, changes, activities };
}

describe("the address of active-when", () => {
  test("without one, a haprobe is always active", () => {
    const { activities, changes } = watch(null, { value: false });
    expect([activities.activity, changes]).toEqual(["active", []]);
  });

  test("a process that begins with the address takes nothing over", async () => {
    const { clock, changes, activities } = watch(VIP, { value: true });
    await clock.advance(60_000);
    expect([activities.activity, changes]).toEqual(["active", []]);
    activities.stop();
  });

  test("is taken over 30 s after it has come, and left at once", async () => {
    const has = { value: false };
    const { clock, changes, activities } = watch(VIP, has);
    has.value = true;
    await clock.advance(BOUNDS.activityEveryMs);
    expect(changes).toEqual(["passive", "taking-over"]);
    await clock.advance(BOUNDS.takeOverAfterMs - 1);
    expect(activities.activity).toBe("taking-over");
    await clock.advance(1);
    expect(changes.slice(2)).toEqual(["active", "taken over"]);
    has.value = false;
    await clock.advance(BOUNDS.activityEveryMs);
    expect(activities.activity).toBe("passive");
    activities.stop();
  });

  test("that goes again before that is not taken over", async () => {
    const has = { value: true };
    const { clock, changes, activities } = watch(VIP, has);
    for (const value of [false, true, false]) {
      has.value = value;
      await clock.advance(BOUNDS.activityEveryMs);
    }
    await clock.advance(BOUNDS.takeOverAfterMs);
    expect(changes).toEqual(["passive", "taking-over", "passive"]);
    activities.stop();
  });

  test("is one of this machine's, however it is written", () => {
    expect([isOwnAddress("127.0.0.1"), isOwnAddress("192.0.2.1"), isOwnAddress("2001:db8::1")]).toEqual([
      true,
      false,
      false,
    ]);
  });
});

/** Two incidents open while another haprobe sends, and one of them ends. */
async function passiveBed(over: ConstructorParameters<typeof AlertBed>[0] = {}): Promise<AlertBed> {
  const bed = new AlertBed(over);
  bed.activity = "passive";
  bed.dispatcher.start();
  const record = (i: number) =>
    incidentRecord({
      id: `019ab000-0000-7000-8000-00000000000${i}`,
      subject: `10.0.0.${i}:6443`,
      members: [member("lb-1", `be-${i}`, `cp-${i}`)],
      evidence: { key: `lb-1/be-${i}/cp-${i}`, row: [], probe: null, curl: null, socat: null },
      suspectedAt: bed.clock.wall(),
      confirmedAt: bed.clock.wall(),
      changedAt: bed.clock.wall(),
    });
  const [one, two] = [record(1), record(2)];
  await bed.emit("incident-opened", one);
  await bed.emit("incident-opened", two);
  await bed.clock.advance(60_000);
  const state = { kind: "ended", flaps: 0, at: bed.clock.wall(), end: "agreed" } as const;
  await bed.emit("incident-ended", { ...two, version: 2, state });
  await bed.clock.advance(60_000);
  return bed;
}

async function takeOver(bed: AlertBed): Promise<void> {
  const activity: Activity = "active";
  bed.activity = activity;
  await reportTakeOver(bed.store, await bed.groups.situation(), bed.settings, VIP, null, bed.clock);
  bed.dispatcher.expect(0);
  await bed.clock.advance(5_000);
}

describe("the passive one of a pair", () => {
  test("keeps every message and sends none", async () => {
    const bed = await passiveBed();
    expect(bed.attempts).toEqual([]);
    const { rows } = await bed.store.notifications({ channel: null, status: "superseded", cursor: null, limit: 10 });
    expect(rows.map(({ kind }) => kind).toSorted()).toEqual(["firing", "firing", "resolved"]);
    await bed.dispatcher.stop();
  });

  test("sends what is still open after a take-over as one summary, and the end of it as usual", async () => {
    const bed = await passiveBed();
    await takeOver(bed);
    expect(bed.arrived.map(({ kind }) => kind)).toEqual(["summary"]);
    expect(bed.lines[0]).toMatch(/^summary: 1 alert still open after the take-over of 10\.0\.0\.100: /);
    const [open] = (await bed.store.openIncidentsPage(null, 10)).rows;
    const state = { kind: "ended", flaps: 0, at: bed.clock.wall(), end: "agreed" } as const;
    if (open !== undefined) await bed.emit("incident-ended", { ...open, version: 2, state });
    await bed.clock.advance(60_000);
    expect(bed.arrived.map(({ kind }) => kind)).toEqual(["summary", "resolved"]);
    await bed.dispatcher.stop();
  });

  test("sends nothing after a take-over where nothing is open", async () => {
    const bed = new AlertBed();
    bed.dispatcher.start();
    await takeOver(bed);
    expect(bed.attempts).toEqual([]);
    await bed.dispatcher.stop();
  });

  test("sends the messages themselves to a receiver that folds them by their key", async () => {
    const secret = { kind: "text", text: "x" } as const;
    const channel = chatChannel({ transport: { type: "pagerduty", url: secret, routingKey: secret } });
    const bed = await passiveBed({ settings: { channels: [channel] } });
    await takeOver(bed);
    expect(bed.arrived.map(({ kind }) => kind)).toEqual(["firing"]);
    await bed.dispatcher.stop();
  });

  test("during a take-over an end waits and is sent after it", async () => {
    const bed = await passiveBed();
    bed.activity = "taking-over";
    const [open] = (await bed.store.openIncidentsPage(null, 10)).rows;
    const state = { kind: "ended", flaps: 0, at: bed.clock.wall(), end: "agreed" } as const;
    if (open !== undefined) await bed.emit("incident-ended", { ...open, version: 2, state });
    await bed.clock.advance(20_000);
    expect(bed.attempts).toEqual([]);
    await takeOver(bed);
    expect(bed.arrived.map(({ kind }) => kind)).toEqual(["resolved"]);
    await bed.dispatcher.stop();
  });
});

test("two haprobes give messages about the same alerts the same fingerprint", async () => {
  const send = async () => {
    const bed = await passiveBed();
    const { rows } = await bed.store.notifications({ channel: null, status: null, cursor: null, limit: 10 });
    await bed.dispatcher.stop();
    return rows.map(({ kind, body }) => `${kind} ${JSON.parse(body).notification.fingerprint}`).toSorted();
  };
  const [here, there] = [await send(), await send()];
  expect(there).toEqual(here);
  expect(new Set(here.map((line) => line.split(" ")[1])).size).toBe(2);
});
