import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { BOUNDS } from "../../server/bounds.ts";
import type { StoredEvent } from "../../server/contract/store.ts";
import type { Database } from "../../server/store/database.ts";
import { migrate } from "../../server/store/migrate.ts";
import { openPostgres } from "../../server/store/open-postgres.ts";
import { openSqlite } from "../../server/store/open-sqlite.ts";
import { prune } from "../../server/store/prune.ts";
import { createSqlStore, type StoreRequests } from "../../server/store/sql-store.ts";
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
  message,
  reloaded,
  T0,
  verdict,
} from "./sample-batches.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const OTHER = { vantage: "host-b", logId: "log-b" };
const RETENTION = { verdictsMs: DAY_MS, minutesMs: HOUR_MS, hoursMs: HOUR_MS };

describe.each(storeEngines())("retention in $name", (engine) => {
  describe.skipIf(engine.missing !== null)(`removes what is older${engine.missing ?? ""}`, () => {
    retentionOf(engine);
  });
});

function retentionOf(engine: StoreEngine): void {
  let place: TestDatabase;
  let database: Database;
  let store: StoreRequests;

  beforeEach(async () => {
    place = await engine.createDatabase();
    const { location } = place;
    database = location.kind === "sqlite" ? openSqlite(location.directory) : openPostgres(location.url);
    await migrate(database);
    store = createSqlStore(database);
  });
  afterEach(async () => {
    await database.close();
    await place[Symbol.asyncDispose]();
  });
  afterAll(() => engine.end());

  /** Rows removed by each slice. */
  const pruneAt = async (now: number): Promise<number[]> => {
    const slices: number[] = [];
    for await (const count of prune(database, RETENTION, now)) slices.push(count);
    return slices;
  };
  type CountedTable =
    | "vantage"
    | "current_verdict"
    | "verdict_history"
    | "judgement"
    | "member"
    | "incident_change"
    | "attempt"
    | "server"
    | "address";
  const countOf = async (table: CountedTable) => (await database.db.selectFrom(table).selectAll().execute()).length;
  /** One change an hour. */
  const hourly = (count: number): StoredEvent[] =>
    Array.from({ length: count }, (_, index) =>
      verdict(index + 1, { at: T0 + index * HOUR_MS, judgement: index % 2 === 0 ? AGREE_UP : EXPECTED_UP }),
    );

  test("history before what held when the retention begins, in slices", async () => {
    const count = 2 * BOUNDS.storePruneRows;
    await store.commit(batchOf(hourly(count)));
    const now = T0 + count * HOUR_MS;
    const slices = await pruneAt(now);
    expect(Math.max(...slices)).toBeLessThanOrEqual(BOUNDS.storePruneRows);
    expect(await countOf("verdict_history")).toBe(24);
    const strip = await store.strip({ server: CP_1, from: now - DAY_MS, to: now, atMost: 100 });
    expect(strip.map(({ at }) => at)).toEqual(
      hourly(count)
        .slice(-24)
        .map(({ at }) => at),
    );
    expect((await pruneAt(now)).every((removed) => removed === 0)).toBe(true);
  });

  test("ended incidents with all that belongs to them; open ones stay, however old", async () => {
    const ended = incident({ id: "0193-1", state: { kind: "ended", flaps: 0, at: T0 + 9_000, end: "agreed" } });
    const open = incident({ id: "0193-2", subject: "10.0.0.12:6443" });
    await store.commit(batch({ incidents: [incidentWrite(ended), incidentWrite(open)] }));
    await pruneAt(T0 + 9_000 + DAY_MS);
    expect(await store.incident(ended.id)).toEqual(ended);
    await pruneAt(T0 + 9_001 + DAY_MS);
    expect(await store.incident(ended.id)).toBeNull();
    expect(await store.incident(open.id)).toEqual(open);
    expect([await countOf("member"), await countOf("incident_change")]).toEqual([1, 1]);
  });

  test("messages that were sent, unless their lane has an open incident, and never those that wait", async () => {
    const open = incident({ id: "0193-2", subject: "10.0.0.12:6443" });
    const outbox = [
      message(1, { lane: "done" }),
      message(1, { lane: "waits" }),
      message(1, { lane: "open", incident: open.id }),
    ];
    await store.commit(batch({ incidents: [incidentWrite(open)], outbox }));
    for (const claimed of await store.claim({ of: "outbox", holder: "a", limit: 10, leaseMs: 1_000 })) {
      const sent = !claimed.id.startsWith("waits");
      await store.settle({ ...claimed, sent, retryInMs: sent ? null : 0, durationMs: 1, status: 200, error: null });
    }
    const [done] = await store.lane("done", 1);
    await pruneAt(done!.madeAt + BOUNDS.outboxKeptMs + 1);
    const left = await store.notifications({ channel: null, status: null, cursor: null, limit: 10 });
    expect(left.rows.map(({ lane }) => lane).toSorted()).toEqual(["open", "waits"]);
    expect(await countOf("attempt")).toBe(2);
  });

  test("servers that are long gone, their last row and their addresses; not those of a kept incident", async () => {
    const [gone, moved, member] = ["gone", "moved", "cp-1"].map((server) => ({ ...CP_1, server }));
    const address = (host: string) => ({ network: "default", host, port: 80 });
    await store.commit({
      ...batchOf([
        verdict(1, { server: gone!, address: address("10.0.0.1") }),
        verdict(2, { server: moved!, address: address("10.0.0.2") }),
        verdict(3, { server: member!, address: address("10.0.0.3") }),
        { type: "server-removed", seq: 4, at: T0 + 40_000, server: gone!, address: null },
        { type: "address-changed", seq: 5, at: T0 + 50_000, server: moved!, address: address("10.0.0.4") },
        { type: "server-removed", seq: 6, at: T0 + 60_000, server: member!, address: null },
      ]),
      incidents: [incidentWrite(incident())],
    });
    await pruneAt(Date.now() + 2 * DAY_MS);
    expect([await countOf("server"), await countOf("address")]).toEqual([3, 4]);
    await pruneAt(Date.now() + 4 * DAY_MS);
    expect(await database.db.selectFrom("server").select("server").orderBy("id").execute()).toEqual([
      { server: "moved" },
      { server: "cp-1" },
    ]);
    expect(await database.db.selectFrom("address").select("host").execute()).toEqual([{ host: "10.0.0.4" }]);
    const strip = await store.strip({ server: moved!, from: T0, to: Date.now(), atMost: 10 });
    expect(strip.map(({ address: at }) => at?.host)).toEqual(["10.0.0.4"]);
    expect(await store.strip({ server: gone!, from: T0, to: Date.now(), atMost: 10 })).toEqual([]);
  });

  test("a judgement that held for longer than the retention stays for the retention after its end", async () => {
    await store.commit(batchOf([verdict(1, { judgement: EXPECTED_UP })]));
    await database.db
      .updateTable("judgement")
      .set({ used_at: T0 - 9 * DAY_MS })
      .execute();
    await store.commit(batchOf([verdict(2, { at: Date.now(), judgement: AGREE_UP })]));
    await pruneAt(Date.now() + DAY_MS / 2);
    expect(await countOf("judgement")).toBe(2);
  });

  test("judgements that nothing has had within the retention, but not the current ones", async () => {
    await store.commit(batchOf([verdict(1, { judgement: EXPECTED_UP }), verdict(2, { judgement: AGREE_UP })]));
    await pruneAt(Date.now() + DAY_MS);
    expect(await countOf("judgement")).toBe(2);
    await pruneAt(Date.now() + 4 * DAY_MS);
    expect(await countOf("judgement")).toBe(1);
    expect(
      await store.verdictsAfter({ by: { site: "default", vantage: "host-a" }, afterSeq: 0, untilSeq: 10, atMost: 10 }),
    ).toHaveLength(1);
  });

  test("what vantages said that were not heard for a week, and later their history and names", async () => {
    const judged = verdict(1, { judgement: FALSE_UP });
    await store.commit(batchOf([judged]));
    await store.commit(batchOf([verdict(1)], OTHER));
    const setSilent = (ms: number) =>
      database.db
        .updateTable("vantage")
        .set({ heard_at: Date.now() - ms })
        .where("name", "=", "host-a")
        .execute();
    const vantages = async () => (await store.positions()).map(({ vantage }) => vantage);
    await setSilent(BOUNDS.vantageForgottenAfterMs - 60_000);
    await pruneAt(T0);
    expect(await vantages()).toEqual(["host-a", "host-b"]);
    await setSilent(BOUNDS.vantageForgottenAfterMs + 60_000);
    await pruneAt(T0);
    expect(await vantages()).toEqual(["host-b"]);
    expect(await countOf("current_verdict")).toBe(1);
    if (database.isShared) {
      const due = await store.claim({ of: "timer", kinds: ["merge"], holder: "a", limit: 10, leaseMs: 1_000 });
      expect(due.map(({ id }) => id)).toEqual(["merge/default false-up 10.0.0.11:6443"]);
    }
    expect(await countOf("verdict_history"), "time travel still has it").toBe(2);
    await pruneAt(Date.now() + 9 * DAY_MS);
    expect([await countOf("verdict_history"), await countOf("vantage")]).toEqual([1, 1]);
  });

  test("not a vantage that is heard again: it sends its log from the beginning", async () => {
    await store.commit(batchOf([verdict(1), verdict(2, { server: CP_2 })]));
    await database.db.updateTable("vantage").set({ heard_at: 0 }).execute();
    await pruneAt(T0);
    expect(await store.commit(batchOf([verdict(3)]))).toEqual({ kind: "gap", expectedSeq: 1 });
    const again = [verdict(1), verdict(2, { server: CP_2 }), verdict(3)];
    expect(await store.commit(batchOf(again))).toEqual({ kind: "applied", seq: 3 });
    expect(await store.positions()).toMatchObject([{ vantage: "host-a", lastSeq: 3 }]);
    expect(await countOf("current_verdict")).toBe(2);
  });

  test("sessions that are over, by their use or by their age", async () => {
    const session = { user: "mara", createdAt: T0, idleEndsAt: T0 + 10, endsAt: T0 + 10, body: "{}" };
    await store.putSession({ ...session, id: "lasts" }, 10);
    await store.putSession({ ...session, id: "idle", idleEndsAt: T0 }, 10);
    await store.putSession({ ...session, id: "old", endsAt: T0 }, 10);
    await pruneAt(T0 + 1);
    expect(await store.heldSessions(["lasts", "idle", "old"])).toEqual(["lasts"]);
  });

  test("recorded spans, reloads, and silences that are over", async () => {
    await store.commit(
      batchOf([
        { type: "started", seq: 1, at: T0, heardBefore: null },
        reloaded(2, T0),
        { type: "started", seq: 3, at: T0 + DAY_MS, heardBefore: T0 },
        reloaded(4, T0 + DAY_MS),
      ]),
    );
    const silence = { match: {}, from: T0, reason: "", author: "Ada", endedAt: null };
    const now = T0 + DAY_MS + BOUNDS.outboxKeptMs;
    await store.putSilence({ ...silence, id: "over", until: T0 });
    await store.putSilence({ ...silence, id: "lasts", until: now });
    await pruneAt(T0 + DAY_MS + 1);
    expect(await store.recordedSpans({ from: 0, to: now, atMost: 10 })).toHaveLength(1);
    expect(await store.reloads({ site: "default", instance: "lb-1", from: 0, to: now })).toEqual([T0 + DAY_MS]);
    await pruneAt(now);
    expect((await store.silences(0)).map(({ id }) => id)).toEqual(["lasts"]);
  });
}
