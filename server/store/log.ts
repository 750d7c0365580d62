import type { ForwardPosition, StoredEvent } from "../contract/store.ts";
import { type Connection, inPortions, type StoreTransaction } from "./tables.ts";

/** Adds events to the log of the directory, which keeps the newest `kept`. */
export async function appendToLog(
  trx: StoreTransaction,
  events: readonly StoredEvent[],
  now: number,
  kept: number,
): Promise<void> {
  for (const portion of inPortions(events)) {
    await trx
      .insertInto("log")
      .values(portion.map((event) => ({ seq: event.seq, at: now, body: JSON.stringify(event) })))
      .onConflict((conflict) => conflict.column("seq").doUpdateSet(({ ref }) => ({ body: ref("excluded.body") })))
      .execute();
  }
  const last = events.at(-1);
  if (last === undefined) return;
  await trx
    .deleteFrom("log")
    .where("seq", "<=", last.seq - kept)
    .execute();
}

/** The events after this one. */
export async function readLog(db: Connection, afterSeq: number, atMost: number): Promise<StoredEvent[]> {
  const rows = await db
    .selectFrom("log")
    .select("body")
    .where("seq", ">", afterSeq)
    .orderBy("seq")
    .limit(atMost)
    .execute();
  return rows.map(({ body }) => JSON.parse(body) as StoredEvent);
}

/** Removes a slice of at most `rows` events that were written before this time, whole slices only; the number of them. */
export async function pruneLog(db: Connection, before: number, rows: number): Promise<number> {
  const last = await db
    .selectFrom("log")
    .select(["seq", "at"])
    .orderBy("seq")
    .offset(rows - 1)
    .limit(1)
    .executeTakeFirst();
  if (last === undefined || last.at >= before) return 0;
  await db.deleteFrom("log").where("seq", "<=", last.seq).execute();
  return rows;
}

/** How far a hub has the log; null where it has got nothing. */
export async function readForwardPosition(db: Connection, hub: string): Promise<ForwardPosition | null> {
  const row = await db.selectFrom("forward").selectAll().where("hub", "=", hub).executeTakeFirst();
  return row === undefined ? null : { hub, logId: row.log_id, ackedSeq: row.acked_seq };
}

export async function writeForwardPosition(db: Connection, { hub, logId, ackedSeq }: ForwardPosition): Promise<void> {
  const position = { log_id: logId, acked_seq: ackedSeq };
  await db
    .insertInto("forward")
    .values({ hub, ...position })
    .onConflict((conflict) => conflict.column("hub").doUpdateSet(position))
    .execute();
}
