import { expect, test } from "vitest";
import { BOUNDS } from "../../server/bounds.ts";
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
