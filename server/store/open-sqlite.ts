import { closeSync, existsSync, openSync } from "node:fs";
import { join } from "node:path";
import { backup, DatabaseSync } from "node:sqlite";
import { Kysely, sql } from "kysely";
import { BOUNDS } from "../bounds.ts";
import { HaprobeError } from "../errors.ts";
import type { Database } from "./database.ts";
import { NodeSqliteDialect } from "./node-sqlite-dialect.ts";
import { explainSqliteError } from "./sqlite-error.ts";
import type { Tables } from "./tables.ts";

/** Name of the database in a data directory. */
export const SQLITE_FILE = "haprobe.db";

/**
 * Opens the database in a data directory, or creates it; `readOnly`: one that exists, also beside the haprobe that writes
 * it. Throws HAPROBE_STORE_… where the file cannot be used.
 */
export function openSqlite(directory: string, readOnly = false): Database {
  const file = join(directory, SQLITE_FILE);
  const explain = (error: unknown): Error => explainSqliteError(error, file);
  let database: DatabaseSync | null = null;
  try {
    if (!readOnly) createPrivately(file);
    database = new DatabaseSync(file, { readOnly, timeout: BOUNDS.storeLockTimeoutMs });
    if (!readOnly) prepareForWriting(database);
  } catch (error) {
    database?.close();
    throw explain(error);
  }
  const opened = database;
  const copyTo = async (target: string): Promise<void> => {
    if (existsSync(target)) throw new HaprobeError("HAPROBE_STORE_BACKUP_FAILED", `${target} exists already`);
    try {
      closeSync(openSync(target, "wx", 0o600));
      await copySnapshot(file, target);
    } catch (error) {
      throw new HaprobeError("HAPROBE_STORE_BACKUP_FAILED", `${target} was not written: ${String(error)}`, {
        cause: error,
      });
    }
  };
  const db = new Kysely<Tables>({ dialect: new NodeSqliteDialect(opened) });
  return {
    db,
    types: { id: "integer PRIMARY KEY", big: "integer", rowless: "WITHOUT ROWID" },
    now: () => sql.val(Date.now()),
    isShared: false,
    // The directory belongs to one process.
    lockForMigration: async () => {},
    copyBeforeMigration: async (version) => {
      const copy = `${file}.version-${version}`;
      if (!existsSync(copy)) await copyTo(copy);
    },
    backup: copyTo,
    explain,
    close: () => db.destroy(),
  };
}

/**
 * Copies what is committed now. By a connection of its own: on that of a transaction under way Node's copy fails at its
 * first step, and without the snapshot it would begin anew after each commit.
 */
async function copySnapshot(file: string, target: string): Promise<void> {
  const source = new DatabaseSync(file, { readOnly: true, timeout: BOUNDS.storeLockTimeoutMs });
  try {
    // The first read takes the snapshot.
    source.exec("BEGIN; SELECT count(*) FROM sqlite_schema");
    await backup(source, target);
  } finally {
    source.close();
  }
}

/** Creates the file for this user only, since it holds what servers answered; SQLite gives those beside it the same mode. */
function createPrivately(file: string): void {
  try {
    closeSync(openSync(file, "a", 0o600));
  } catch {
    // SQLite reports what is wrong with it.
  }
}

function prepareForWriting(database: DatabaseSync): void {
  // FULL: after a power cut, NORMAL would hand out sequence numbers again that a reader has already seen.
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY");
  database.exec(`PRAGMA journal_size_limit = ${BOUNDS.storeWalKeptBytes}`);
}
