import { sql } from "kysely";
import type { StoredPosition } from "../contract/store.ts";
import type { VantageStatus } from "../contract/vantage.ts";
import type { Database } from "./database.ts";
import type { StoreTransaction } from "./tables.ts";
import { parseStored } from "./stored-json.ts";

/** Where the log of each vantage stands, and what it said of itself last; none that is forgotten. */
export async function readPositions({ db, now }: Database): Promise<StoredPosition[]> {
  const rows = await db
    .selectFrom("vantage")
    .selectAll()
    .select(sql<number>`${now()} - heard_at`.as("heard_ago_ms"))
    .where("forgotten_at", "is", null)
    .orderBy("id")
    .execute();
  return rows.map(({ site, name, log_id, seq, sent_at, heard_at, heard_ago_ms, skew_ms, status }) => ({
    site,
    vantage: name,
    logId: log_id,
    firstSeq: seq + 1,
    lastSeq: seq,
    sentAt: sent_at,
    heardAt: heard_at,
    heardAgoMs: heard_ago_ms,
    skewMs: skew_ms,
    status: status === null ? null : parseStored(status, "status of a vantage"),
  }));
}

/** Keeps what a vantage says of itself. */
export async function writeStatus(trx: StoreTransaction, vantageId: number, status: VantageStatus): Promise<void> {
  await trx
    .updateTable("vantage")
    .set({ status: JSON.stringify(status) })
    .where("id", "=", vantageId)
    .execute();
}
