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
