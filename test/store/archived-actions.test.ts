import { expect, test } from "vitest";
import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { IncidentRecord } from "../../server/contract/incident.ts";
import { applyArchivedAction } from "../../server/monitor/archived-actions.ts";
import { openStore } from "../../server/store/open-store.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { sampleRecord } from "../support/sample-record.ts";

test("a person can note something about an ended incident that only the store has, and not about one that goes on", async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), "haprobe-store-"));
  const clock = new FakeClock(0, 1_800_000_000_000);
  const store = await openStore({ kind: "sqlite", directory: folder.path });
  try {
    const ended: IncidentRecord = {
      ...sampleRecord({ id: "019aab3e-0f7b-7c11-9c55-2f6c0d5f8a10" }),
      state: { kind: "ended", flaps: 0, at: 1_799_999_000_000, end: "agreed" },
    };
    const open = sampleRecord({ id: "019aab3e-0f7b-7c11-9c55-2f6c0d5f8a11", subject: "10.0.0.99:6443" });
    for (const record of [ended, open]) {
      const write = { record, fingerprint: `f ${record.subject}`, expectedVersion: 0 };
      await store.commit({ source: null, events: [], incidents: [write], outbox: [], timers: [], done: [] });
    }
    const parts = { store, fingerprintOf: ({ subject }: IncidentRecord) => `f ${subject}`, clock };
    const act = (id: string, text: string) => applyArchivedAction(parts, id, { kind: "noted", name: "Ada", text });

    // Both at once: each is made from the version that the other left.
    await Promise.all([act(ended.id, "was the disk"), act(ended.id, "is replaced")]);
    const kept = await store.incident(ended.id);
    expect(kept?.notes.map(({ text }) => text).toSorted()).toEqual(["is replaced", "was the disk"]);
    expect(kept).toMatchObject({ version: ended.version + 2, state: ended.state });
    expect(await act(open.id, "no")).toBeNull();
    expect(await act("019aab3e-0f7b-7c11-9c55-2f6c0d5f8a12", "no")).toBeNull();
  } finally {
    await store.close();
  }
});
