import { sql } from "kysely";
import { HaprobeError } from "../errors.ts";
import type { Database } from "./database.ts";
import { MIGRATIONS } from "./migrations.ts";
import type { Connection } from "./tables.ts";

const VERSION_KEY = "schema-version";

/** Brings the database to the newest schema, after a copy of its data. Throws HAPROBE_STORE_NEWER where it is beyond that. */
export async function migrate(database: Database, migrations = MIGRATIONS): Promise<void> {
  await database.db.transaction().execute(async (trx) => {
    await database.lockForMigration(trx);
    await sql`create table if not exists meta (key text primary key, value text not null)`.execute(trx);
  });
  const version = await readSchemaVersion(database.db);
  if (version > migrations.length) {
    throw new HaprobeError(
      "HAPROBE_STORE_NEWER",
      `the data has schema version ${version}, and this haprobe knows versions up to ${migrations.length}`,
    );
  }
  if (version > 0 && version < migrations.length) await database.copyBeforeMigration(version);
  for (let from = version; from < migrations.length; from += 1) await applyMigration(database, migrations, from);
}

/** Version of the schema in the database; 0 where it has none. */
export async function readSchemaVersion(db: Connection): Promise<number> {
  const row = await db.selectFrom("meta").select("value").where("key", "=", VERSION_KEY).executeTakeFirst();
  return row === undefined ? 0 : Number(row.value);
}

/** One step is one transaction, so that a kill in the middle leaves the version before it. */
function applyMigration(database: Database, migrations: typeof MIGRATIONS, from: number): Promise<void> {
  const { db, types } = database;
  return db.transaction().execute(async (trx) => {
    await database.lockForMigration(trx);
    // Another process may have applied it meanwhile.
    if ((await readSchemaVersion(trx)) > from) return;
    for (const statement of migrations[from] ?? []) {
      const text = statement.replace(/\{(id|big|rowless)\}/g, (_, name: keyof typeof types) => types[name]);
      await sql.raw(text).execute(trx);
    }
    const value = String(from + 1);
    await trx
      .insertInto("meta")
      .values({ key: VERSION_KEY, value })
      .onConflict((conflict) => conflict.column("key").doUpdateSet({ value }))
      .execute();
  });
}
