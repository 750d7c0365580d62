import { expect, test } from "vitest";
import { BOUNDS } from "../../server/bounds.ts";
import { sampleRecord } from "../support/sample-record.ts";
import { PendingWrites } from "../../server/store/pending-writes.ts";
import type { EventDraft } from "../../server/store/stored-event.ts";

function removal(server: string, at: number): EventDraft {
  const name = { site: "default", instance: "lb-1", backend: "be", server };
  return { type: "server-removed", at, server: name, address: null };
}

test("a gap in the history stays marked when events are merged again and none is dropped", () => {
  const dropped: number[] = [];
  const pending = new PendingWrites((_kind, count) => dropped.push(count));
  let at = 0;
  for (let count = 0; count < BOUNDS.storeQueueEvents / 2 + 1; count += 1) pending.addEvent(removal("s", (at += 1)));
  for (let count = 0; count < 2 * BOUNDS.storeQueueEvents; count += 1) pending.addEvent(removal(`s${at}`, (at += 1)));
  expect(dropped).toEqual([BOUNDS.storeQueueEvents / 2]);

  const events: EventDraft[] = [];
  while (pending.events > 0) events.push(...pending.take().events);
  expect(events.filter(({ type }) => type === "paused")).toEqual([
    { type: "paused", at: BOUNDS.storeQueueEvents / 2, heardBefore: 1 },
  ]);
});

test("incidents of one fault are written in parts, each with the messages about them, which keep their order", () => {
  const pending = new PendingWrites(() => expect.unreachable());
  const ids = Array.from({ length: BOUNDS.storeBatchIncidents + 2 }, (_, index) => `i-${index}`);
  for (const id of ids) {
    pending.addIncident({ ...sampleRecord(), id });
    const message = { id: `m-${id}`, lane: "hook", n: 1, channel: "hook", kind: "firing", dueInMs: 0, body: "{}" };
    pending.addPlanned([{ ...message, incident: id }], [{ kind: "group", subject: "g", dueInMs: 0 }]);
  }
  const units = [pending.take(), pending.take()];
  expect(units.map(({ incidents }) => incidents.length)).toEqual([BOUNDS.storeBatchIncidents, 2]);
  for (const { incidents, outbox } of units)
    expect(outbox.map(({ incident }) => incident)).toEqual(incidents.map(({ id }) => id));
  expect(units[0]?.timers).toHaveLength(1);
  expect(pending.isEmpty).toBe(true);
});

test("of incidents and messages that wait for the store so many are kept: ended incidents and the oldest messages go, and are counted", () => {
  const dropped: string[] = [];
  const pending = new PendingWrites((kind, count) => dropped.push(`${count} ${kind}`));
  const ended = { kind: "ended", flaps: 0, at: 3_000, end: "agreed" } as const;
  for (let n = 0; n < BOUNDS.storeQueueIncidents; n += 1)
    pending.addIncident(sampleRecord({ id: `i-${n}`, ...(n === 7 ? { state: ended } : {}) }));
  expect(dropped).toEqual([]);
  for (const id of ["more", "too many"]) pending.addIncident(sampleRecord({ id }));
  expect(dropped).toEqual(["1 incident", "1 incident"]);
  const message = { lane: "hook", n: 1, incident: null, channel: "hook", kind: "firing", dueInMs: 0, body: "{}" };
  const outbox = Array.from({ length: BOUNDS.storeQueueIncidents + 3 }, (_, n) => ({ ...message, id: `m-${n}` }));
  pending.addPlanned(outbox, []);
  expect(dropped.at(-1)).toBe("3 message");

  const written: string[] = [];
  const sent: string[] = [];
  while (!pending.isEmpty) {
    const unit = pending.take();
    written.push(...unit.incidents.map(({ id }) => id));
    sent.push(...unit.outbox.map(({ id }) => id));
  }
  expect([written.length, written.includes("i-7"), written.at(-1)]).toEqual([
    BOUNDS.storeQueueIncidents,
    false,
    "more",
  ]);
  expect([sent.length, sent[0]]).toEqual([BOUNDS.storeQueueIncidents, "m-3"]);
});
