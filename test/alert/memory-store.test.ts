import { expect, test } from "vitest";
import { MemoryStore } from "../../server/alert/memory-store.ts";
import { BOUNDS } from "../../server/bounds.ts";
import type { IncidentRecord } from "../../server/contract/incident.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { sampleRecord } from "../support/sample-record.ts";

test("without a data directory, of incidents that have ended the newest are kept, and every open one", async () => {
  const store = new MemoryStore(new FakeClock(), () => {});
  const commit = async (record: IncidentRecord): Promise<void> => {
    const incidents = [{ record, fingerprint: record.id, expectedVersion: 0 }];
    await store.commit({ source: null, events: [], incidents, outbox: [], timers: [], done: [] });
  };
  const count = BOUNDS.incidentsKept + 5;
  for (let n = 0; n < count; n += 1) await commit(sampleRecord({ id: `i${n}` }));
  expect((await store.openIncidentsPage()).rows).toHaveLength(count);
  const state: IncidentRecord["state"] = { kind: "ended", flaps: 0, at: 2_000, end: "agreed" };
  for (let n = 0; n < count; n += 1) await commit(sampleRecord({ id: `i${n}`, state }));
  const kept = await Promise.all(Array.from({ length: count }, (_, n) => store.incident(`i${n}`)));
  expect(kept.filter((record) => record !== null)).toHaveLength(BOUNDS.incidentsKept);
  expect([kept[0] ?? null, kept.at(-1)?.id]).toEqual([null, `i${count - 1}`]);
});
