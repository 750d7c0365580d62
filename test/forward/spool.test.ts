import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { BOUNDS } from "../../server/bounds.ts";
import type { StoredEvent } from "../../server/contract/store.ts";
import { Spool } from "../../server/forward/spool.ts";
import { migrate } from "../../server/store/migrate.ts";
import { openSqlite } from "../../server/store/open-sqlite.ts";
import { prune } from "../../server/store/prune.ts";
import { createSqlStore } from "../../server/store/sql-store.ts";
import { batchOf, CP_1, CP_2, verdict } from "../store/sample-batches.ts";

const BY = { site: "default", vantage: "host-a" };
const DAY_MS = 86_400_000;
const RETENTION = { verdictsMs: 30 * DAY_MS, minutesMs: DAY_MS, hoursMs: DAY_MS };

/** The log of a data directory that keeps so many events. */
async function openLog(kept: number) {
  const folder = await mkdtempDisposable(join(tmpdir(), "haprobe-spool-"));
  const database = openSqlite(folder.path);
  await migrate(database);
  return {
    database,
    store: createSqlStore(database, kept),
    async [Symbol.asyncDispose]() {
      await database.close();
      await folder.remove();
    },
  };
}

/** Changes of CP_1, with one of CP_2 as the third. */
const changes = (count: number): StoredEvent[] =>
  Array.from({ length: count }, (_, index) => verdict(index + 1, index === 2 ? { server: CP_2 } : {}));

/** What a hub gets that has nothing: number and type of each event, and whether a portion lacks some. */
async function portionsOf(spool: Spool, lastSeq: number) {
  const portions = [];
  for (let acked = 0; acked < lastSeq; ) {
    const portion = await spool.next(lastSeq, BOUNDS.forwardEventsMax);
    if (portion === null) break;
    portions.push([portion.hasGap, portion.events.map(({ seq, type }) => `${seq} ${type}`), portion.lastSeq]);
    acked = portion.lastSeq;
    spool.seek(acked);
  }
  return portions;
}

test("a log keeps so many events; before them a hub gets the newest verdict of each server, marked with its gap", async () => {
  await using log = await openLog(4);
  await log.store.commit(batchOf(changes(10)));
  expect((await log.store.log(0, 100)).map(({ seq }) => seq)).toEqual([7, 8, 9, 10]);
  expect(await portionsOf(new Spool(log.store, BY), 10)).toEqual([
    // CP_1 has said something newer, which is in the log.
    [true, ["1 paused", "3 verdict-changed"], 6],
    [false, [7, 8, 9, 10].map((seq) => `${seq} verdict-changed`), 10],
  ]);
});

test("a gap of more servers than a request holds is sent in portions of at most 500 with its mark, each server once", async () => {
  await using log = await openLog(1);
  const servers = Array.from({ length: 1_200 }, (_, n) => `s-${n}`);
  await log.store.commit(
    batchOf([...servers, "last"].map((server, index) => verdict(index + 1, { server: { ...CP_1, server } }))),
  );
  const spool = new Spool(log.store, BY);
  const sent: StoredEvent[] = [];
  for (let acked = 0; acked < 1_201; ) {
    const portion = await spool.next(1_201, BOUNDS.forwardEventsMax);
    expect(portion?.events.length).toBeLessThanOrEqual(BOUNDS.forwardEventsMax);
    sent.push(...(portion?.events ?? []));
    acked = portion?.lastSeq ?? 1_201;
    spool.seek(acked);
  }
  expect(sent.map((event) => ("server" in event ? event.server.server : event.type))).toEqual([
    "paused",
    ...servers,
    "last",
  ]);
});

test("events of more than a day are removed, and leave their gap", async () => {
  await using log = await openLog(BOUNDS.spoolEvents);
  const count = BOUNDS.storePruneRows + 2;
  await log.store.commit(batchOf(changes(count)));
  const pruneAt = async (now: number): Promise<number> => {
    for await (const _ of prune(log.database, RETENTION, now));
    return (await log.store.log(0, 2 * count)).length;
  };
  expect(await pruneAt(Date.now() + DAY_MS - 60_000)).toBe(count);
  expect(await pruneAt(Date.now() + DAY_MS + 60_000)).toBe(2);
  expect(await portionsOf(new Spool(log.store, BY), count)).toEqual([
    [true, ["1 paused", "3 verdict-changed"], count - 2],
    [false, [count - 1, count].map((seq) => `${seq} verdict-changed`), count],
  ]);
});
