import type { Silence } from "../contract/alert-settings.ts";
import type { Connection } from "./tables.ts";
import { parseStored } from "./stored-json.ts";

/** Those in force at this time or later, by their ids. */
export async function readSilences(db: Connection, at: number): Promise<Silence[]> {
  const rows = await db.selectFrom("silence").select("body").where("until_at", ">", at).orderBy("id").execute();
  return rows.map(({ body }) => parseStored(body, "silence"));
}

/** Adds a silence, or replaces the one with its id. */
export async function writeSilence(db: Connection, silence: Silence): Promise<void> {
  const { id, until, endedAt } = silence;
  const row = { until_at: Math.min(until, endedAt ?? until), body: JSON.stringify(silence) };
  await db
    .insertInto("silence")
    .values({ id, ...row })
    .onConflict((conflict) => conflict.column("id").doUpdateSet(row))
    .execute();
}
