import { statSync } from "node:fs";
import { join } from "node:path";
import { sql } from "kysely";
import { HaprobeError } from "../errors.ts";
import type { Database } from "./database.ts";
import { readSchemaVersion } from "./migrate.ts";
import { MIGRATIONS } from "./migrations.ts";
import { SQLITE_FILE } from "./open-sqlite.ts";
import type { Tables } from "./tables.ts";
import type { StoreLocation } from "./worker-messages.ts";

/** What a database is and holds. */
export interface StoreInfo {
  /** The file; null for PostgreSQL. */
  readonly file: string | null;
  readonly bytes: number;
  readonly schemaVersion: number;
  /** The version that this haprobe writes. */
  readonly knownVersion: number;
  readonly rows: Readonly<Record<string, number>>;
  /** Begin and end of what was recorded, milliseconds since 1970; null where nothing was. */
  readonly oldestAt: number | null;
  readonly newestAt: number | null;
}

/** Tables whose rows a reader understands, under the names that are shown. */
const COUNTED = {
  servers: "server",
  changes: "verdict_history",
  incidents: "incident",
  notifications: "outbox",
} as const satisfies Record<string, keyof Tables>;

/** Reads what the database holds; counting takes a second for some ten million rows. */
export async function inspect({ db }: Database, location: StoreLocation): Promise<StoreInfo> {
  const schemaVersion = await readSchemaVersion(db);
  const rows: Record<string, number> = {};
  for (const [name, table] of Object.entries(COUNTED)) {
    const { count } = await db
      .selectFrom(table)
      .select(({ fn }) => fn.countAll<number>().as("count"))
      .executeTakeFirstOrThrow();
    rows[name] = count;
  }
  const { oldest, newest } = await db
    .selectFrom("span")
    .select(({ fn }) => [
      fn.min<number | null>("began_at").as("oldest"),
      fn.max<number | null>("heard_at").as("newest"),
    ])
    .executeTakeFirstOrThrow();
  const file = location.kind === "sqlite" ? join(location.directory, SQLITE_FILE) : null;
  const bytes = file === null ? await databaseSize(db) : fileSize(file) + fileSize(`${file}-wal`);
  return { file, bytes, schemaVersion, knownVersion: MIGRATIONS.length, rows, oldestAt: oldest, newestAt: newest };
}

/** What is wrong with the database, in sentences; empty where it is whole. */
export async function checkIntegrity({ db, isShared }: Database): Promise<readonly string[]> {
  const version = await readSchemaVersion(db);
  if (version > MIGRATIONS.length) {
    throw new HaprobeError("HAPROBE_STORE_NEWER", `the data has schema version ${version}`);
  }
  if (isShared) return [];
  const { rows } = await sql<{ integrity_check: string }>`pragma integrity_check(20)`.execute(db);
  return rows.map((row) => row.integrity_check).filter((text) => text !== "ok");
}

async function databaseSize(db: Database["db"]): Promise<number> {
  const { rows } = await sql<{ bytes: number }>`select pg_database_size(current_database()) as bytes`.execute(db);
  return rows[0]?.bytes ?? 0;
}

function fileSize(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
