import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { BOUNDS } from "../../server/bounds.ts";
import type { AuditEntry } from "../../server/contract/audit.ts";
import type { Silence } from "../../server/contract/alert-settings.ts";
import type { OutboxDraft, Store } from "../../server/contract/store.ts";
import { openStore } from "../../server/store/open-store.ts";
import { type StoreEngine, storeEngines, type TestDatabase } from "../support/store-engines.ts";
import {
  AGREE_UP,
  batch,
  batchOf,
  CP_1,
  CP_2,
  EXPECTED_UP,
  FALSE_UP,
  incident,
  incidentWrite,
  member,
  message,
  position,
  T0,
  verdict,
} from "./sample-batches.ts";

describe.each(storeEngines())("a store in $name", (engine) => {
  // It says in its name what is missing.
  describe.skipIf(engine.missing !== null)(`keeps its contract${engine.missing ?? ""}`, () => {
    contractOf(engine);
  });
});

function contractOf(engine: StoreEngine): void {
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

  const reopen = async (): Promise<void> => {
    await store.close();
    store = await openStore(database.location);
  };
  const currentOf = (afterSeq = 0) =>
    store.verdictsAfter({ by: { site: "default", vantage: "host-a" }, afterSeq, untilSeq: 100, atMost: 10 });
  const allOf = (server = CP_1, atMost = 100) => store.strip({ server, from: T0, to: T0 + 3_600_000, atMost });

  describe("the log of a vantage", () => {
    test("a batch is applied once, however often it arrives", async () => {
      const first = batchOf([verdict(1), verdict(2, { judgement: FALSE_UP })]);
      expect(await store.commit(first)).toEqual({ kind: "applied", seq: 2 });
      expect(await store.commit(first)).toEqual({ kind: "repeated", seq: 2 });
      expect(await allOf()).toHaveLength(2);
    });

    test("a batch after a gap is refused and names the event that is missing", async () => {
      await store.commit(batchOf([verdict(1)]));
      expect(await store.commit(batchOf([verdict(3)]))).toEqual({ kind: "gap", expectedSeq: 2 });
      expect(await allOf()).toHaveLength(1);
    });

    test("of a batch that was merged with an applied one only the rest is applied", async () => {
      const opening = incidentWrite(incident());
      await store.commit({ ...batchOf([verdict(1)]), incidents: [opening] });
      const merged = batchOf([verdict(1), verdict(2, { judgement: FALSE_UP })]);
      const closing = incidentWrite(incident({ id: "0193-2", subject: "10.0.0.12:6443" }));
      expect(await store.commit({ ...merged, incidents: [opening, closing] })).toEqual({ kind: "applied", seq: 2 });
      expect((await allOf()).map(({ verdict: name }) => name)).toEqual(["agree-up", "false-up"]);
      expect(await store.openIncidents(null)).toHaveLength(2);
    });

    test("stands after a restart where it stood", async () => {
      await store.commit(batchOf([verdict(1), verdict(2)]));
      await reopen();
      const { writer: _writer, takesOver: _takesOver, ...stored } = position(3, 2);
      const heard = { heardAt: expect.any(Number), heardAgoMs: expect.any(Number), skewMs: expect.any(Number) };
      expect(await store.positions()).toEqual([{ ...stored, ...heard, status: null }]);
      expect(await store.commit(batchOf([verdict(3)]))).toEqual({ kind: "applied", seq: 3 });
    });

    test("belongs to the process that took it over last; the one before is superseded, and repeats count as nothing", async () => {
      await store.commit(batchOf([verdict(1)]));
      const other = { writer: "process-b" };
      expect(await store.commit(batchOf([verdict(2)], { ...other, takesOver: true }))).toMatchObject({ seq: 2 });
      expect(await store.commit(batchOf([verdict(2)], { ...other, takesOver: true }))).toMatchObject({
        kind: "repeated",
      });
      expect(await store.commit(batchOf([verdict(2, { judgement: FALSE_UP })]))).toEqual({ kind: "superseded" });
      expect(await store.commit(batchOf([verdict(3)]))).toEqual({ kind: "superseded" });
      expect(await store.commit(batchOf([verdict(3)], other))).toMatchObject({ kind: "applied", seq: 3 });
    });

    test("that moved on before a process took it over has other events under its numbers", async () => {
      await store.commit(batchOf([verdict(1), verdict(2)]));
      const late = batchOf([verdict(2)], { writer: "process-b", takesOver: true });
      expect(await store.commit(late)).toEqual({ kind: "gap", expectedSeq: 3 });
    });

    test("is replaced by a newer log of the same vantage, and does not come back", async () => {
      await store.commit(batchOf([verdict(1)]));
      expect(await store.commit(batchOf([verdict(1)], { logId: "log-b" }))).toEqual({ kind: "applied", seq: 1 });
      expect(await store.commit(batchOf([verdict(2)]))).toEqual({ kind: "superseded" });
    });

    test("is moved by its own vantage alone, also by one that knows its name", async () => {
      await store.commit(batchOf([verdict(1)]));
      for (const other of [{ vantage: "host-b" }, { site: "ams" }]) {
        expect(await store.commit(batchOf([verdict(2)], { ...other, takesOver: true }))).toEqual({
          kind: "superseded",
        });
        expect(await store.commit(batch({ source: position(2, 1, other) }))).toEqual({ kind: "superseded" });
      }
      expect((await store.positions()).map(({ site, vantage, lastSeq }) => [site, vantage, lastSeq])).toEqual([
        ["default", "host-a", 1],
      ]);
    });

    test.runIf(engine.name === "SQLite")("is kept as it was written, and its oldest events are dropped", async () => {
      const events = [verdict(1), verdict(2, { judgement: FALSE_UP })];
      await store.commit(batchOf(events));
      expect(await store.log(0, 10)).toEqual(events);
      expect(await store.log(1, 10)).toEqual(events.slice(1));
      await store.commit(batchOf(Array.from({ length: BOUNDS.storeLogEvents }, (_, index) => verdict(index + 3))));
      expect((await store.log(0, 1)).map(({ seq }) => seq)).toEqual([3]);
    });

    test("listeners hear how far it has come", async () => {
      const heard: [string, number][] = [];
      const stop = store.onMoved((vantage, seq) => heard.push([vantage, seq]));
      await store.commit(batchOf([verdict(1), verdict(2)]));
      stop();
      await store.commit(batchOf([verdict(3)]));
      expect(heard).toEqual([["host-a", 2]]);
    });
  });

  test("closing waits for the calls before it", async () => {
    const calls = [store.commit(batchOf([verdict(1)])), store.openIncidents(null)];
    await store.close();
    expect(await Promise.all(calls)).toEqual([{ kind: "applied", seq: 1 }, []]);
    await expect(store.positions()).rejects.toMatchObject({ code: "HAPROBE_STORE_FAILED" });
  });

  describe("history", () => {
    test("is the verdicts with both sides' words, address and vantage, in their order", async () => {
      await store.commit(batchOf([verdict(1), verdict(2, { judgement: FALSE_UP, beganAt: T0, address: null })]));
      expect(await allOf()).toEqual([
        {
          ...AGREE_UP,
          at: T0 + 1_000,
          beganAt: T0 + 1_000,
          vantage: "host-a",
          address: { network: "default", host: "10.0.0.11", port: 6443 },
        },
        { ...FALSE_UP, at: T0 + 2_000, beganAt: T0, vantage: "host-a", address: null },
      ]);
    });

    test("begins with what held before the range, and ends before its end", async () => {
      await store.commit(
        batchOf([1, 2, 3, 4].map((seq) => verdict(seq, { judgement: seq % 2 === 0 ? AGREE_UP : EXPECTED_UP }))),
      );
      const strip = await store.strip({ server: CP_1, from: T0 + 2_500, to: T0 + 4_000, atMost: 10 });
      expect(strip.map(({ at }) => at - T0)).toEqual([2_000, 3_000]);
    });

    test("has no row for a verdict that a new process reports as it was", async () => {
      await store.commit(batchOf([verdict(1)]));
      await reopen();
      await store.commit(batchOf([{ type: "started", seq: 2, at: T0 + 2_000, heardBefore: T0 + 1_000 }, verdict(3)]));
      expect((await allOf()).map(({ at }) => at - T0)).toEqual([1_000]);
      expect((await currentOf(1)).map(({ seq }) => seq)).toEqual([3]);
    });

    test("a server that moved keeps its verdict at its new address; one that was removed is not recorded", async () => {
      const address = { network: "default", host: "10.0.0.99", port: 6443 };
      await store.commit(
        batchOf([
          verdict(1),
          { type: "address-changed", seq: 2, at: T0 + 2_000, server: CP_1, address },
          { type: "server-removed", seq: 3, at: T0 + 3_000, server: CP_1, address },
        ]),
      );
      const strip = await allOf();
      expect(strip.map((entry) => [entry.verdict, entry.reason, entry.address?.host])).toEqual([
        ["agree-up", null, "10.0.0.11"],
        ["agree-up", null, "10.0.0.99"],
        ["unknown", "not-recorded", "10.0.0.99"],
      ]);
      expect((await currentOf()).map(({ type }) => type)).toEqual(["server-removed"]);
    });

    test("thinned to a few entries keeps a mismatch of one second in an hour", async () => {
      const events = Array.from({ length: 600 }, (_, index) =>
        verdict(index + 1, { judgement: index % 2 === 0 ? AGREE_UP : EXPECTED_UP }),
      );
      events[300] = verdict(301, { judgement: FALSE_UP });
      await store.commit(batchOf(events));
      const strip = await allOf(CP_1, 20);
      expect(strip.length).toBeLessThanOrEqual(20);
      expect(strip.filter(({ verdict: name }) => name === "false-up")).toHaveLength(1);
    });

    test("of an unknown server is empty", async () => {
      expect(await allOf(CP_2)).toEqual([]);
    });
  });

  describe("the fleet at a moment", () => {
    test("is every server with the verdict that held then", async () => {
      await store.commit(
        batchOf([
          verdict(1),
          verdict(2, { judgement: FALSE_UP, beganAt: T0 }),
          verdict(3, { server: CP_2 }),
          verdict(4),
          { type: "server-removed", seq: 5, at: T0 + 5_000, server: CP_2, address: null },
        ]),
      );
      const fleetAt = async (at: number) =>
        (await store.fleetAt({ at, cursor: null, limit: 10 })).rows.map((row) => [row.server.server, row.verdict]);
      expect(await fleetAt(T0)).toEqual([]);
      expect(await fleetAt(T0 + 1_000)).toEqual([["cp-1", "agree-up"]]);
      expect(await fleetAt(T0 + 3_500)).toEqual([
        ["cp-1", "false-up"],
        ["cp-2", "agree-up"],
      ]);
      expect(await fleetAt(T0 + 5_000)).toEqual([["cp-1", "agree-up"]]);
      expect((await store.fleetAt({ at: T0 + 2_000, cursor: null, limit: 10 })).rows).toEqual([
        {
          ...FALSE_UP,
          server: CP_1,
          at: T0 + 2_000,
          beganAt: T0,
          vantage: "host-a",
          address: { network: "default", host: "10.0.0.11", port: 6443 },
        },
      ]);
    });

    test("has the last of several changes within one millisecond", async () => {
      const at = T0 + 1_000;
      await store.commit(batchOf([verdict(1, { at }), verdict(2, { at, judgement: FALSE_UP })]));
      const { rows } = await store.fleetAt({ at, cursor: null, limit: 10 });
      expect(rows.map((row) => row.verdict)).toEqual(["false-up"]);
    });

    test("comes in pages", async () => {
      const servers = Array.from({ length: 5 }, (_, index) => ({ ...CP_1, server: `cp-${index}` }));
      await store.commit(batchOf(servers.map((server, index) => verdict(index + 1, { server }))));
      const seen: string[] = [];
      for (let cursor: string | null = null, isFirst = true; isFirst || cursor !== null; isFirst = false) {
        const page: Awaited<ReturnType<Store["fleetAt"]>> = await store.fleetAt({ at: T0 + 60_000, cursor, limit: 2 });
        expect(page.rows.length).toBeLessThanOrEqual(2);
        seen.push(...page.rows.map(({ server }) => server.server));
        cursor = page.next;
      }
      expect(seen).toEqual(["cp-0", "cp-1", "cp-2", "cp-3", "cp-4"]);
    });

    test("is known only within the recorded spans", async () => {
      await store.commit(
        batchOf([
          { type: "started", seq: 1, at: T0, heardBefore: null },
          { type: "heartbeat", seq: 2, at: T0 + 10_000, heardBefore: null },
          { type: "started", seq: 3, at: T0 + 60_000, heardBefore: T0 + 10_000 },
          verdict(4, { at: T0 + 61_000 }),
        ]),
      );
      expect(await store.recordedSpans({ from: T0, to: T0 + 120_000, atMost: 10 })).toEqual([
        { site: "default", vantage: "host-a", from: T0, to: T0 + 10_000 },
        { site: "default", vantage: "host-a", from: T0 + 60_000, to: T0 + 61_000 },
      ]);
      expect(await store.recordedSpans({ from: T0 + 20_000, to: T0 + 30_000, atMost: 10 })).toEqual([]);
    });
  });

  test("the current verdict of each server is its newest, with the server object of a mismatch", async () => {
    const mismatch = verdict(3, { judgement: FALSE_UP, beganAt: T0, body: '{"key":"x"}' });
    await store.commit(batchOf([verdict(1), verdict(2, { server: CP_2 }), mismatch]));
    expect(await currentOf()).toMatchObject([verdict(2, { server: CP_2 }), mismatch]);
    expect(await currentOf(2)).toMatchObject([mismatch]);
  });

  describe("incidents", () => {
    test("come back as they were written, after a restart too", async () => {
      const record = incident({
        members: [member(CP_2, { since: T0 + 5, standing: "undecided" }), member(CP_1)],
      });
      await store.commit(batch({ incidents: [incidentWrite(record)] }));
      await reopen();
      expect(await store.incident(record.id)).toEqual(record);
      expect(await store.openIncidents(null)).toEqual([record]);
      expect(await store.incidents({ open: true, from: null, to: null, cursor: null, limit: 10 })).toEqual({
        rows: [record],
        next: null,
      });
      expect(await store.incident("unknown")).toBeNull();
    });

    test("that are open come in portions, each once", async () => {
      const records = ["a", "b", "c", "d", "e"].map((name) => incident({ id: name, subject: name }));
      await store.commit(batch({ incidents: records.map((record) => incidentWrite(record)) }));
      const ended = {
        ...records[1],
        version: 2,
        state: { kind: "ended", flaps: 0, at: T0 + 9_000, end: "agreed" },
      } as const;
      await store.commit(batch({ incidents: [incidentWrite(incident(ended))] }));
      const pages: string[][] = [];
      let cursor: string | null = null;
      do {
        const page: Awaited<ReturnType<Store["openIncidentsPage"]>> = await store.openIncidentsPage(cursor, 2);
        pages.push(page.rows.map(({ id }) => id));
        cursor = page.next;
      } while (cursor !== null);
      expect(pages).toEqual([
        ["a", "c"],
        ["d", "e"],
      ]);
    });

    test("has a member for each server and vantage", async () => {
      const [one, other] = [member(CP_1, { vantage: "host-a" }), member(CP_1, { vantage: "host-b" })];
      const record = incident({ members: [one, other, member(CP_2, { vantage: "host-a" })] });
      await store.commit(batch({ incidents: [incidentWrite(record)] }));
      expect(await store.incident(record.id)).toEqual(record);
      const next = { ...record, version: 2, members: [other] };
      await store.commit(batch({ incidents: [incidentWrite(next)] }));
      expect((await store.incident(record.id))?.members).toEqual([other]);
    });

    test("a new version replaces members and adds changes; changes that the record dropped are gone", async () => {
      const opening = incident();
      await store.commit(batch({ incidents: [incidentWrite(opening)] }));
      const second = incident({
        version: 2,
        members: [member(CP_2)],
        changes: [...opening.changes, { n: 2, at: T0 + 2_000, what: "reason", who: "Ada", text: "b" }],
      });
      await store.commit(batch({ incidents: [incidentWrite(second)] }));
      expect(await store.incident(opening.id)).toEqual(second);
      const third = incident({
        version: 3,
        state: { kind: "ended", flaps: 1, at: T0 + 9_000, end: "agreed" },
        changes: [...opening.changes, { n: 3, at: T0 + 3_000, what: "ended", who: null, text: "agreed" }],
      });
      await store.commit(batch({ incidents: [incidentWrite(third)] }));
      expect(await store.incident(opening.id)).toEqual(third);
      expect(await store.openIncidents(null)).toEqual([]);
    });

    test("what has no version of its own may be written under the same one", async () => {
      await store.commit(batch({ incidents: [incidentWrite(incident())] }));
      const counted = incident({ members: [member(CP_1, { standing: "undecided" })] });
      await store.commit(batch({ incidents: [incidentWrite(counted, 1)] }));
      expect(await store.incident(counted.id)).toEqual(counted);
    });

    test("a version made from an older one is refused with the present one, and nothing of its batch is left", async () => {
      const present = incident({ version: 2 });
      await store.commit(batch({ incidents: [incidentWrite(incident())] }));
      await store.commit(batch({ incidents: [incidentWrite(present)] }));
      const stale = {
        ...batchOf([verdict(1)]),
        incidents: [incidentWrite(incident({ version: 2, sentence: "other" }))],
      };
      expect(await store.commit({ ...stale, outbox: [message(1)] })).toEqual({ kind: "conflict", current: [present] });
      expect(await store.positions()).toEqual([]);
      expect(await allOf()).toEqual([]);
    });

    test("a fault has one open incident, and another one after it has ended", async () => {
      await store.commit(batch({ incidents: [incidentWrite(incident())] }));
      const second = incidentWrite(incident({ id: "0193-2" }));
      expect(await store.commit(batch({ incidents: [second] }))).toEqual({ kind: "conflict", current: [incident()] });
      const ended = incident({ version: 2, state: { kind: "ended", flaps: 0, at: T0 + 9_000, end: "removed" } });
      expect(await store.commit(batch({ incidents: [incidentWrite(ended), second] }))).toMatchObject({
        kind: "applied",
      });
      expect(await store.openIncidents([second.fingerprint, "other"])).toEqual([second.record]);
      expect(await store.openIncidents(["other"])).toEqual([]);
      expect(await store.openIncidents([])).toEqual([]);
    });

    test("are listed newest first, in pages, by what held in a range of time", async () => {
      const records = [1, 2, 3, 4, 5].map((n) =>
        incident({
          id: `0193-${n}`,
          subject: `10.0.0.${n}:6443`,
          confirmedAt: T0 + n * 1_000,
          state:
            n < 3 ? { kind: "ended", flaps: 0, at: T0 + n * 1_000 + 500, end: "agreed" } : { kind: "open", flaps: 0 },
        }),
      );
      await store.commit(batch({ incidents: records.map((record) => incidentWrite(record)) }));
      const list = async (query: object) => {
        const all = { open: null, from: null, to: null, cursor: null, limit: 10 };
        const { rows, next } = await store.incidents({ ...all, ...query });
        return { ids: rows.map(({ id }) => Number(id.slice(5))), next };
      };
      expect((await list({})).ids).toEqual([5, 4, 3, 2, 1]);
      expect((await list({ open: false })).ids).toEqual([2, 1]);
      expect((await list({ open: true })).ids).toEqual([5, 4, 3]);
      expect((await list({ from: T0 + 2_100, to: T0 + 4_000 })).ids).toEqual([3, 2]);
      const first = await list({ limit: 3 });
      expect(first.ids).toEqual([5, 4, 3]);
      expect(await list({ limit: 3, cursor: first.next })).toEqual({ ids: [2, 1], next: null });
      expect((await list({ cursor: "nonsense" })).ids).toEqual([]);
    });
  });

  test("sessions are put, used and ended; of one user the newest are kept", async () => {
    const session = { id: "a", user: "mara", createdAt: T0, idleEndsAt: T0 + 10, endsAt: T0 + 100, body: "{}" };
    await store.putSession(session, 2);
    await store.putSession({ ...session, id: "o", user: "otto" }, 2);
    for (const id of ["b", "c"]) await store.putSession({ ...session, id, createdAt: T0 + 1 }, 2);
    expect(await store.heldSessions(["a", "b", "c", "o", "x"])).toEqual(expect.arrayContaining(["b", "c", "o"]));
    expect(await store.session("a")).toBeNull();
    await store.touchSession("b", T0 + 50);
    await store.touchSession("a", T0 + 50);
    expect(await store.session("b")).toEqual({ ...session, id: "b", createdAt: T0 + 1, idleEndsAt: T0 + 50 });
    await store.endSession("b");
    expect(await store.heldSessions(["a", "b", "c", "o"])).toHaveLength(2);
  });

  test("the audit log gives the newest first, and keeps so many", async () => {
    const entries = ["a", "b", "c", "d"].map(
      (action): AuditEntry => ({ at: T0, name: "mara", via: "token", client: "::1", action, status: 200, detail: "" }),
    );
    await store.addAudit(entries.slice(0, 2), 3);
    await store.addAudit(entries.slice(2), 3);
    const first = await store.audit({ cursor: null, limit: 2 });
    expect(first.rows).toEqual([entries[3], entries[2]]);
    expect(await store.audit({ cursor: first.next, limit: 2 })).toEqual({ rows: [entries[1]], next: null });
  });

  test("silences in force at a time or later are given out, as they were put last", async () => {
    const silence: Silence = {
      id: "s-1",
      match: { instance: ["lb-1"] },
      from: T0,
      until: T0 + 10_000,
      reason: "etcd is being moved",
      author: "Ada",
      endedAt: null,
    };
    await store.putSilence(silence);
    await store.putSilence({ ...silence, id: "s-2", until: T0 + 20_000 });
    expect(await store.silences(T0 + 15_000)).toEqual([{ ...silence, id: "s-2", until: T0 + 20_000 }]);
    await store.putSilence({ ...silence, endedAt: T0 + 1_000 });
    expect((await store.silences(T0 + 500)).map(({ id, endedAt }) => [id, endedAt])).toEqual([
      ["s-1", T0 + 1_000],
      ["s-2", null],
    ]);
    expect((await store.silences(T0 + 1_000)).map(({ id }) => id)).toEqual(["s-2"]);
  });

  describe("the outbox", () => {
    const claim = (leaseMs = 60_000, limit = 10, of: "outbox" | "timer" = "outbox") =>
      store.claim({ of, holder: "host-a", limit, leaseMs });
    const sent = { sent: true, retryInMs: null, durationMs: 12, status: 200, error: null };

    test("gives out the first message of each lane, and the next one after it was sent", async () => {
      await store.commit(batch({ outbox: [message(2), message(1), message(1, { lane: "mail/0193-1" })] }));
      const first = await claim();
      expect(first.map(({ id }) => id).toSorted()).toEqual(["chat/0193-1#1", "mail/0193-1#1"]);
      expect(first[0]).toMatchObject({ of: "outbox", attempt: 1, leaseMs: 60_000, row: { n: 1, body: "{}" } });
      expect(await claim()).toEqual([]);
      for (const row of first) expect(await store.settle({ ...row, ...sent })).toBe(true);
      expect((await claim()).map(({ id }) => id)).toEqual(["chat/0193-1#2"]);
    });

    test("several holders at once send each message once, and those of a lane in their order", async () => {
      // In PostgreSQL another process may be the second holder.
      const other = engine.name === "PostgreSQL" ? await openStore(database.location) : store;
      const lanes = Array.from({ length: 8 }, (_, index) => `lane-${index}`);
      await store.commit(batch({ outbox: lanes.flatMap((lane) => [1, 2, 3].map((n) => message(n, { lane }))) }));
      const order = new Map<string, number[]>(lanes.map((lane) => [lane, []]));
      const work = async (from: Store): Promise<void> => {
        while ((await from.outboxBacklog()).waiting > 0) {
          for (const claimed of await from.claim({ of: "outbox", holder: "a", limit: 3, leaseMs: 60_000 })) {
            order.get((claimed.row as OutboxDraft).lane)?.push((claimed.row as OutboxDraft).n);
            expect(await from.settle({ ...claimed, ...sent })).toBe(true);
          }
        }
      };
      await Promise.all([work(store), work(other), work(store), work(other)]);
      expect([...order.values()]).toEqual(lanes.map(() => [1, 2, 3]));
      if (other !== store) await other.close();
    });

    test("a message that is made twice is one", async () => {
      await store.commit(batch({ outbox: [message(1)] }));
      await store.commit(batch({ outbox: [message(1), message(2)] }));
      const [row] = await claim();
      await store.settle({ ...row!, ...sent });
      expect((await claim()).map(({ id }) => id)).toEqual(["chat/0193-1#2"]);
    });

    test("a later attempt supersedes the one whose lease ran out", async () => {
      await store.commit(batch({ outbox: [message(1)] }));
      const [first] = await claim(0);
      const [second] = await claim();
      expect(second).toMatchObject({ id: first!.id, attempt: 2 });
      expect(await store.settle({ ...first!, ...sent })).toBe(false);
      expect(await store.commit(batch({ done: [first!] }))).toEqual({ kind: "superseded" });
      expect(await store.settle({ ...second!, ...sent })).toBe(true);
      expect(await claim()).toEqual([]);
    });

    test("leaves out the messages of channels that are not asked for", async () => {
      await store.commit(batch({ outbox: [message(1), message(1, { lane: "mail/x", channel: "mail" })] }));
      const request = { of: "outbox", holder: "a", limit: 10, leaseMs: 60_000, exceptChannels: ["chat"] } as const;
      expect((await store.claim(request)).map(({ row }) => "lane" in row && row.lane)).toEqual(["mail/x"]);
    });

    test("a failed attempt holds its lane until it is due again, and lets it go on once it is given up", async () => {
      await store.commit(batch({ outbox: [message(1), message(2)] }));
      const failed = { ...sent, sent: false, status: 503, error: "busy" };
      const [first] = await claim();
      await store.settle({ ...first!, ...failed, retryInMs: 600_000 });
      expect(await claim()).toEqual([]);
      await store.commit(batch({ outbox: [message(1, { lane: "other" })] }));
      const [other] = await claim();
      await store.settle({ ...other!, ...failed, retryInMs: 0 });
      const [again] = await claim();
      expect(again).toMatchObject({ id: "other#1", attempt: 2 });
      await store.settle({ ...again!, ...failed });
      expect(await claim()).toEqual([]);
    });

    test("is written with the incident or not at all", async () => {
      await store.commit(batch({ incidents: [incidentWrite(incident())] }));
      await store.commit(batch({ incidents: [incidentWrite(incident())], outbox: [message(1)] }));
      expect(await claim()).toEqual([]);
    });

    test("what is due later is not given out", async () => {
      await store.commit(batch({ outbox: [message(1, { dueInMs: 600_000 })] }));
      expect(await claim()).toEqual([]);
    });

    test("a timer is given out when it is due, and ends with the batch that it caused", async () => {
      const timer = { kind: "heal", subject: "10.0.0.11:6443/x", dueInMs: 0 } as const;
      await store.commit(batch({ timers: [timer, { ...timer, subject: "later", dueInMs: 600_000 }] }));
      const [due, ...others] = await claim(60_000, 10, "timer");
      expect(others).toEqual([]);
      expect(due).toMatchObject({ row: timer });
      expect(await store.commit(batch({ done: [due!] }))).toMatchObject({ kind: "applied" });
      expect(await claim(60_000, 10, "timer")).toEqual([]);
    });

    test("lists messages newest first, with their attempts", async () => {
      await store.commit(batch({ outbox: [message(1), message(2), message(1, { lane: "mail/x", channel: "mail" })] }));
      const [first] = await claim(60_000, 1);
      await store.settle({ ...first!, ...sent, sent: false, status: 503, error: "busy", retryInMs: null });
      const query = { channel: null, status: null, cursor: null, limit: 2 };
      const page = await store.notifications(query);
      const rest = await store.notifications({ ...query, cursor: page.next });
      expect([...page.rows, ...rest.rows].map(({ id }) => id)).toEqual(["mail/x#1", "chat/0193-1#2", "chat/0193-1#1"]);
      expect(rest.next).toBeNull();
      expect((await store.notifications({ ...query, channel: "mail" })).rows).toHaveLength(1);
      expect((await store.notifications({ ...query, status: "failed" })).rows).toEqual([
        {
          ...message(1),
          dueInMs: undefined,
          status: "failed",
          attempts: 1,
          madeAt: expect.any(Number),
          dueAt: expect.any(Number),
        },
      ]);
      expect((await store.lane("chat/0193-1", 1)).map(({ n }) => n)).toEqual([2]);
      expect(await store.notification(first!.id)).toMatchObject({
        entry: { id: first!.id, status: "failed" },
        attempts: [{ attempt: 1, durationMs: 12, status: 503, error: "busy" }],
      });
      expect(await store.notification("unknown")).toBeNull();
      expect(await store.outboxBacklog()).toEqual({ waiting: 2, oldestMadeAt: expect.any(Number) });
    });

    test("a message that was sent or given up can be sent again, as a further attempt", async () => {
      await store.commit(batch({ outbox: [message(1)] }));
      const [first] = await claim();
      expect(await store.resend(first!.id)).toBe(false);
      await store.settle({ ...first!, ...sent, sent: false, retryInMs: null });
      expect(await store.resend(first!.id)).toBe(true);
      expect(await claim()).toMatchObject([{ id: first!.id, attempt: 2 }]);
    });

    test("a message that a later one replaced has no attempt and lets its lane go on", async () => {
      await store.commit(batch({ outbox: [message(1), message(2)] }));
      const [first] = await claim();
      await store.settle({ ...first!, ...sent, sent: false, retryInMs: null, superseded: true });
      expect(await store.notification(first!.id)).toMatchObject({ entry: { status: "superseded" }, attempts: [] });
      expect((await claim()).map(({ row }) => row)).toMatchObject([{ n: 2 }]);
    });

    test("a timer that is set again keeps its earlier time", async () => {
      const timer = { kind: "group", subject: "chat", dueInMs: 0 } as const;
      await store.commit(batch({ timers: [timer, { ...timer, dueInMs: 600_000 }] }));
      expect(await claim(60_000, 10, "timer")).toHaveLength(1);
    });

    test("a timer that was ended and set again does not end with a claim from before", async () => {
      const timer = { kind: "merge", subject: "fault", dueInMs: 0 } as const;
      await store.commit(batch({ timers: [timer] }));
      // Of a process that is frozen for longer than its lease.
      const [frozen] = await claim(0, 10, "timer");
      const [later] = await claim(60_000, 10, "timer");
      expect(await store.commit(batch({ done: [later!], timers: [timer] }))).toMatchObject({ kind: "applied" });
      await claim(0, 10, "timer");
      expect(await store.commit(batch({ done: [frozen!] }))).toEqual({ kind: "superseded" });
      expect(await claim(60_000, 10, "timer")).toHaveLength(1);
    });

    test("a timer that is set anew does not end with the claim before", async () => {
      const timer = { kind: "remind", subject: "0193-1", dueInMs: 0 } as const;
      await store.commit(batch({ timers: [timer] }));
      const [due] = await claim(60_000, 10, "timer");
      await store.commit(batch({ timers: [timer] }));
      expect(await store.commit(batch({ done: [due!] }))).toEqual({ kind: "superseded" });
      await store.commit(batch({ timers: [{ ...timer, dueInMs: null }] }));
      expect(await claim(60_000, 10, "timer")).toEqual([]);
    });
  });
}
