import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import type { MemberTraffic } from "../../server/contract/incident.ts";
import { faultOf, type Store, type TrafficStored } from "../../server/contract/store.ts";
import { openStore } from "../../server/store/open-store.ts";
import { storeEngines, type StoreEngine, type TestDatabase } from "../support/store-engines.ts";
import {
  batch,
  batchOf,
  CP_1,
  CP_2,
  FALSE_UP,
  incident,
  incidentWrite,
  member,
  position,
  T0,
  verdict,
} from "./sample-batches.ts";

describe.each(storeEngines())("vantages in $name", (engine) => {
  // It says in its name what is missing.
  describe.skipIf(engine.missing !== null)(`are read by a hub${engine.missing ?? ""}`, () => {
    vantagesOf(engine);
  });
});

const FAULT = "default false-up 10.0.0.11:6443";
const HOST_A = { site: "default", vantage: "host-a" };
const HOST_B = { site: "default", vantage: "host-b", logId: "log-b" };
const STATUS = { version: "1.0.0", instances: [], isBlind: false };
const TRAFFIC: MemberTraffic = member(CP_1).traffic;

function counted(seq: number, fields: Partial<TrafficStored> = {}): TrafficStored {
  return { type: "traffic-counted", seq, at: T0, server: CP_1, fault: FAULT, traffic: TRAFFIC, ...fields };
}

function vantagesOf(engine: StoreEngine): void {
  let database: TestDatabase;
  let store: Store;
  beforeEach(async () => {
    database = await engine.createDatabase();
    store = await openStore(database.location);
  });
  afterEach(async () => {
    await store.close();
    await database[Symbol.asyncDispose]();
  });
  afterAll(() => engine.end());

  const after = (afterSeq: number, untilSeq = 100, atMost = 100) =>
    store.verdictsAfter({ by: HOST_A, afterSeq, untilSeq, atMost });
  const dueMerges = async () =>
    (await store.claim({ of: "timer", kinds: ["merge"], holder: "a", limit: 10, leaseMs: 1_000 })).map(({ id }) => id);

  test("a batch without events is a sign of life, and may say what the vantage says of itself", async () => {
    await store.commit(batchOf([verdict(1)]));
    const life = { ...batch({ source: position(2, 1, { sentAt: T0 + 9_000 }) }), status: STATUS };
    expect(await store.commit(life)).toEqual({ kind: "applied", seq: 1 });
    expect(await store.positions()).toEqual([
      expect.objectContaining({ lastSeq: 1, sentAt: T0 + 9_000, status: STATUS }),
    ]);
    expect(await store.commit(batchOf([verdict(2)]))).toEqual({ kind: "applied", seq: 2 });
    expect((await store.positions())[0]?.status).toEqual(STATUS);
  });

  test("a log that the store does not have begins with its first event", async () => {
    expect(await store.commit(batchOf([verdict(5)]))).toEqual({ kind: "gap", expectedSeq: 1 });
    expect(await store.positions()).toEqual([]);
    expect(await store.commit(batchOf([verdict(1)]))).toEqual({ kind: "applied", seq: 1 });
  });

  test("a hub that reads on from a number gets each server's newest verdict and each removal, in the order of the log", async () => {
    await store.commit(batchOf([verdict(1), verdict(2, { server: CP_2 }), verdict(3, { judgement: FALSE_UP })]));
    expect((await after(0)).map(({ seq }) => seq)).toEqual([2, 3]);
    const removed = { type: "server-removed", seq: 4, at: T0 + 4_000, server: CP_2, address: null } as const;
    await store.commit(batchOf([removed]));
    expect(await after(3)).toEqual([removed]);
    expect((await after(0)).map(({ seq, type }) => [seq, type])).toEqual([
      [3, "verdict-changed"],
      [4, "server-removed"],
    ]);
    expect((await after(0, 3)).map(({ seq }) => seq)).toEqual([3]);
    expect((await after(0, 100, 1)).map(({ seq }) => seq)).toEqual([3]);
  });

  test("a hub reads on what became of a member of an open incident that has the fault no more", async () => {
    await store.commit(batchOf([verdict(1, { judgement: FALSE_UP })]));
    const record = incident({ members: [member(CP_1, { vantage: "host-a" })] });
    await store.commit(batch({ incidents: [{ ...incidentWrite(record), fingerprint: FAULT }] }));
    await store.commit(batchOf([verdict(2)]));
    expect(await store.faultVerdicts([FAULT])).toEqual([expect.objectContaining({ seq: 2, fault: null })]);
    const ended = { ...record, version: 2, state: { kind: "ended", flaps: 0, at: T0, end: "agreed" } } as const;
    await store.commit(batch({ incidents: [{ ...incidentWrite(ended), fingerprint: FAULT, expectedVersion: 1 }] }));
    expect(await store.faultVerdicts([FAULT])).toEqual([]);
  });

  test("traffic stays with its mismatch, moves its number, and is no row of history", async () => {
    await store.commit(batchOf([verdict(1, { judgement: FALSE_UP, body: "{}" }), counted(2)]));
    expect(await after(1)).toEqual([
      { ...verdict(2, { judgement: FALSE_UP, body: "{}" }), at: T0 + 1_000, beganAt: T0 + 1_000, traffic: TRAFFIC },
    ]);
    expect(await store.strip({ server: CP_1, from: T0, to: T0 + 60_000, atMost: 10 })).toHaveLength(1);
    const settled = { ...FALSE_UP, phase: "settling" };
    await store.commit(batchOf([verdict(3, { judgement: settled }), counted(4, { fault: "default false-up other" })]));
    expect(await after(2)).toMatchObject([{ seq: 3, traffic: TRAFFIC }]);
    await store.commit(batchOf([verdict(5)]));
    expect(await after(4)).toMatchObject([{ seq: 5, traffic: null }]);
  });

  test("what all vantages say of the servers with a fault is read together", async () => {
    await store.commit(batchOf([verdict(1, { judgement: FALSE_UP }), verdict(2, { server: CP_2 })]));
    await store.commit(batchOf([verdict(1)], HOST_B));
    const rows = await store.faultVerdicts([FAULT, "default false-up none"]);
    expect(rows.map(({ by, server, fault }) => [by.vantage, server.server, fault])).toEqual([
      ["host-a", "cp-1", FAULT],
      ["host-b", "cp-1", null],
    ]);
    expect(await store.faultsOf(HOST_A)).toEqual([FAULT]);
    expect(await store.faultsOf(HOST_B)).toEqual([]);
  });

  test("a fault carries the site where its network has no name", () => {
    const named = { network: "dmz", host: "10.0.0.11", port: 6443 };
    expect(faultOf(verdict(1))).toBeNull();
    expect(faultOf(verdict(1, { judgement: FALSE_UP, server: { ...CP_1, site: "fra" } }))).toBe(
      "fra false-up 10.0.0.11:6443",
    );
    expect(faultOf(verdict(1, { judgement: FALSE_UP, address: named }))).toBe("dmz false-up 10.0.0.11:6443");
  });

  test("an incident is found by when it was written", async () => {
    await store.commit(batch({ incidents: [incidentWrite(incident())] }));
    const [written] = await store.incidentsChangedSince(0, 10);
    expect(written).toMatchObject({ id: "0193-1", members: [{ key: "lb-1/k8s-api/cp-1" }] });
    expect(await store.incidentsChangedSince(Date.now() + 60_000, 10)).toEqual([]);
  });

  test.runIf(engine.name === "PostgreSQL")(
    "a change sets the timer of its fault, on either end of it and by any vantage",
    async () => {
      await store.commit(batchOf([verdict(1)]));
      expect(await dueMerges()).toEqual([]);
      await store.commit(batchOf([verdict(2, { judgement: FALSE_UP })]));
      expect(await dueMerges()).toEqual([`merge/${FAULT}`]);
      await store.commit(batchOf([verdict(1)], HOST_B));
      expect(await dueMerges(), "another vantage judged the same server").toEqual([`merge/${FAULT}`]);
      await store.commit(batchOf([verdict(3)]));
      expect(await dueMerges(), "it ended").toEqual([`merge/${FAULT}`]);
      await store.commit(batchOf([verdict(4, { server: CP_2 })]));
      expect(await dueMerges()).toEqual([]);
    },
  );

  test.runIf(engine.name === "SQLite")("a data directory of its own sets no such timer", async () => {
    await store.commit(batchOf([verdict(1, { judgement: FALSE_UP })]));
    expect(await dueMerges()).toEqual([]);
  });
}
