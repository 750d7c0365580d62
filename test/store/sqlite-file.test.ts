import { mkdirSync, mkdtempDisposableSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { sql } from "kysely";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { migrate, readSchemaVersion } from "../../server/store/migrate.ts";
import { openSqlite } from "../../server/store/open-sqlite.ts";
import { openStore } from "../../server/store/open-store.ts";
import { createSqlStore } from "../../server/store/sql-store.ts";
import { AGREE_UP, batchOf, CP_1, EXPECTED_UP, incident, incidentWrite, T0, verdict } from "./sample-batches.ts";

let directory: string;
let file: string;
let folder: ReturnType<typeof mkdtempDisposableSync>;

beforeEach(() => {
  folder = mkdtempDisposableSync(join(tmpdir(), "haprobe-store-"));
  directory = folder.path;
  file = join(directory, "haprobe.db");
});
afterEach(() => folder.remove());

const open = () => openStore({ kind: "sqlite", directory });

describe("a file that cannot be used", () => {
  test("is refused where it is no database", async () => {
    writeFileSync(file, "not a database, but long enough to have a header of its own ".repeat(100));
    await expect(open()).rejects.toMatchObject({ code: "HAPROBE_STORE_DAMAGED" });
  });

  test("is refused where it was cut in the middle", async () => {
    const store = await open();
    for (let seq = 1; seq < 200; seq += 1) {
      await store.commit(batchOf([verdict(seq, { server: { ...CP_1, server: `cp-${seq}` } })]));
    }
    await store.close();
    truncateSync(file, Math.floor(statSync(file).size / 2));
    await expect(open()).rejects.toMatchObject({ code: "HAPROBE_STORE_DAMAGED" });
  });

  test("is refused where a newer version wrote it, and stays as it was", async () => {
    await (await open()).close();
    const database = new DatabaseSync(file);
    database.exec("UPDATE meta SET value = '99' WHERE key = 'schema-version'");
    database.close();
    const before = readFileSync(file);
    await expect(open()).rejects.toMatchObject({
      code: "HAPROBE_STORE_NEWER",
      message: expect.stringContaining("version 99"),
    });
    expect(readFileSync(file)).toEqual(before);
  });

  test("is refused where its folder does not exist, or it is a folder itself", async () => {
    await expect(openStore({ kind: "sqlite", directory: join(directory, "none") })).rejects.toMatchObject({
      code: "HAPROBE_STORE_UNWRITABLE",
    });
    mkdirSync(file);
    await expect(open()).rejects.toMatchObject({ code: "HAPROBE_STORE_UNWRITABLE" });
  });
});

test("a full disk refuses a batch whole, and takes it once there is space", async () => {
  const database = openSqlite(directory);
  await migrate(database);
  const store = createSqlStore(database);
  const limit = (pages: number) => sql.raw(`PRAGMA max_page_count = ${pages}`).execute(database.db);
  const { rows } = await sql<{ page_count: number }>`PRAGMA page_count`.execute(database.db);
  await limit(rows[0]!.page_count);
  const full = {
    ...batchOf([verdict(1)]),
    incidents: [incidentWrite(incident({ sentence: "x".repeat(100_000) }))],
  };
  const error = await store.commit(full).catch((reason: unknown) => database.explain(reason));
  expect(error).toMatchObject({ code: "HAPROBE_STORE_FULL" });
  expect(await store.positions()).toEqual([]);
  await limit(100_000);
  expect(await store.commit(full)).toEqual({ kind: "applied", seq: 1 });
  await database.close();
});

describe("a migration", () => {
  const first = ["CREATE TABLE a (id {id}, big {big})"];

  test("is applied once, after a copy of the file", async () => {
    const database = openSqlite(directory);
    await migrate(database, [first]);
    await sql`INSERT INTO a (big) VALUES (7)`.execute(database.db);
    const both = [first, ["ALTER TABLE a ADD COLUMN c text", "UPDATE a SET big = 8"]];
    await migrate(database, both);
    await migrate(database, both);
    expect(await readSchemaVersion(database.db)).toBe(2);
    await database.close();
    const copy = new DatabaseSync(`${file}.version-1`);
    expect(copy.prepare("SELECT big FROM a").get()).toEqual({ big: 7 });
    copy.close();
  });

  test("that fails leaves the version before it", async () => {
    const database = openSqlite(directory);
    await migrate(database, [first]);
    await expect(migrate(database, [first, ["ALTER TABLE a ADD COLUMN c text", "nonsense"]])).rejects.toThrow("syntax");
    expect(await readSchemaVersion(database.db)).toBe(1);
    await migrate(database, [first, ["ALTER TABLE a ADD COLUMN c text"]]);
    expect(await readSchemaVersion(database.db)).toBe(2);
    await database.close();
  });
});

test("a copy is made while a transaction is under way, and has what was committed before", async () => {
  const database = openSqlite(directory);
  await sql`CREATE TABLE row (id integer)`.execute(database.db);
  await sql`INSERT INTO row VALUES (1)`.execute(database.db);
  mkdirSync(join(directory, "copy"));
  await database.db.transaction().execute(async (trx) => {
    await sql`INSERT INTO row VALUES (2)`.execute(trx);
    await database.backup(join(directory, "copy", "haprobe.db"));
  });
  await database.close();
  const copy = openSqlite(join(directory, "copy"));
  expect((await sql`SELECT id FROM row`.execute(copy.db)).rows).toEqual([{ id: 1 }]);
  await copy.close();
});

test("a copy is made while the store is written, and has all that was committed before", async () => {
  const store = await open();
  const events = Array.from({ length: 500 }, (_, index) =>
    verdict(index + 1, { judgement: index % 2 === 0 ? AGREE_UP : EXPECTED_UP }),
  );
  await store.commit(batchOf(events));
  const target = join(directory, "copy", "haprobe.db");
  mkdirSync(join(directory, "copy"));
  const [, outcome] = await Promise.all([store.backup(target), store.commit(batchOf([verdict(501)]))]);
  expect(outcome).toMatchObject({ kind: "applied" });
  await expect(store.backup(target)).rejects.toMatchObject({ code: "HAPROBE_STORE_BACKUP_FAILED" });
  await store.close();
  const copy = await openStore({ kind: "sqlite", directory: join(directory, "copy") });
  const strip = await copy.strip({ server: CP_1, from: T0, to: T0 + 3_600_000, atMost: 1_000 });
  expect(strip.length).toBeGreaterThanOrEqual(500);
  await copy.close();
});

test("an error without a code says what the database said, and where it was thrown for the log alone", async () => {
  const store = await open();
  const other = new DatabaseSync(file);
  other.exec("DROP TABLE vantage");
  other.close();
  await expect(store.positions()).rejects.toMatchObject({
    code: "HAPROBE_STORE_FAILED",
    message: "no such table: vantage",
    stack: expect.stringContaining("\n    at "),
  });
  await store.close();
});
