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

test("without a data directory so many messages are kept: what was sent goes first, and each waiting one that goes is counted", async () => {
  let dropped = 0;
  const store = new MemoryStore(new FakeClock(), () => {
    dropped += 1;
  });
  const commit = async (from: number, count: number): Promise<void> => {
    const outbox = Array.from({ length: count }, (_, n) => {
      const id = `m${from + n}`;
      return { id, lane: id, n: 1, incident: null, channel: "hook", kind: "firing", body: "{}", dueInMs: 0 };
    });
    await store.commit({ source: null, events: [], incidents: [], outbox, timers: [], done: [] });
  };
  await commit(0, BOUNDS.alertOutboxKept);
  const [, claim] = await store.claim({ of: "outbox", holder: "h", limit: 2, leaseMs: 1_000 });
  if (claim === undefined) throw new Error("no message is due");
  const result = { durationMs: 1, status: 204, error: null, retryInMs: null };
  await store.settle({ of: "outbox", id: "m1", attempt: claim.attempt, sent: true, ...result });
  const isKept = async (id: string): Promise<boolean> => (await store.notification(id)) !== null;
  await commit(BOUNDS.alertOutboxKept, 1);
  expect([dropped, await isKept("m0"), await isKept("m1")]).toEqual([0, true, false]);
  await commit(BOUNDS.alertOutboxKept + 1, 1);
  expect([dropped, await isKept("m0"), await isKept("m2")]).toEqual([1, false, true]);
});
