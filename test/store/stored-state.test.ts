import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { BOUNDS } from "../../server/bounds.ts";
import type { IncidentRecord } from "../../server/contract/incident.ts";
import type { WriteBatch } from "../../server/contract/store.ts";
import { incidentFingerprint } from "../../server/store/incident-fingerprint.ts";
import { openStore } from "../../server/store/open-store.ts";
import { readStoredState } from "../../server/store/stored-state.ts";
import { sampleRecord } from "../support/sample-record.ts";

const LOGS = {
  here: "00000000-0000-4000-8000-000000000001",
  there: "00000000-0000-4000-8000-000000000002",
  lost: "00000000-0000-4000-8000-000000000003",
} as const;
const NOW = 10 * BOUNDS.reopenMs;

function batchOf(vantage: keyof typeof LOGS, records: readonly IncidentRecord[]): WriteBatch {
  return {
    source: {
      site: "default",
      vantage,
      logId: LOGS[vantage],
      writer: vantage,
      takesOver: true,
      firstSeq: 1,
      lastSeq: 1,
      sentAt: 0,
    },
    events: [{ type: "heartbeat", seq: 1, at: 1, heardBefore: null }],
    incidents: records.map((record) => ({
      record,
      fingerprint: incidentFingerprint(record),
      expectedVersion: 0,
    })),
    outbox: [],
    timers: [],
    done: [],
  };
}

const idOf = (n: number): string => `019aa000-0000-7000-8000-00000000000${n}`;
const ended = (n: number, at: number): IncidentRecord =>
  sampleRecord({ id: idOf(n), subject: `s${n}`, state: { kind: "ended", flaps: 0, at, end: "agreed" } });

test("a haprobe goes on with its own open incidents, under a new name as well, and with lately ended ones of its own database", async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), "haprobe-state-"));
  const store = await openStore({ kind: "sqlite", directory: folder.path });
  const mine = sampleRecord({ id: idOf(1) });
  const late = ended(2, NOW - BOUNDS.reopenMs / 2);
  await store.commit(batchOf("here", [mine, late, ended(3, NOW - 2 * BOUNDS.reopenMs)]));
  const identity = { site: "default", logId: LOGS.here, vantage: "here", formerVantage: null };

  const state = await readStoredState(store, identity, NOW);
  expect(state).toMatchObject({ isOtherLog: false, lastSeq: 1, heardBefore: expect.any(Number) });
  expect(state.incidents.map(({ id }) => id)).toEqual([late.id, mine.id]);

  const renamed = { site: "default", logId: LOGS.there, vantage: "there", formerVantage: "here" };
  const underNewName = await readStoredState(store, renamed, NOW);
  expect(underNewName).toMatchObject({ isOtherLog: false, lastSeq: 0, heardBefore: state.heardBefore });
  expect(underNewName.incidents.map(({ id }) => id)).toContain(mine.id);

  await store.commit(batchOf("there", [sampleRecord({ id: idOf(4), subject: "s4" })]));
  const shared = await readStoredState(store, identity, NOW);
  expect(shared.incidents, "a hub reduces those of all vantages").toEqual([]);
  const lost = await readStoredState(store, { ...identity, logId: LOGS.lost }, NOW);
  expect(lost).toMatchObject({ isOtherLog: true, lastSeq: 0 });
  const moved = await readStoredState(store, { ...identity, site: "ams" }, NOW);
  expect(moved, "a log belongs to one site").toMatchObject({ isOtherLog: true, lastSeq: 0, verdicts: [] });
  const namesake = await readStoredState(
    store,
    { ...renamed, site: "ams", logId: LOGS.lost, formerVantage: null },
    NOW,
  );
  expect(namesake, "the name is another vantage's in another site").toMatchObject({ isOtherLog: false, lastSeq: 0 });
  await store.close();
});
