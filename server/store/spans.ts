import type { RecordedSpan, StoredEvent } from "../contract/store.ts";
import type { Connection, StoreTransaction } from "./tables.ts";

/** Lets the newest span of a vantage reach to these events; each `started` and `paused` among them begins another one. */
export async function recordSpans(
  trx: StoreTransaction,
  vantageId: number,
  events: readonly StoredEvent[],
): Promise<void> {
  const begun: { vantage_id: number; began_at: number; heard_at: number }[] = [];
  let newestAt: number | null = null;
  for (const { type, at } of events) {
    const span = begun.at(-1);
    if (type === "started" || type === "paused") begun.push({ vantage_id: vantageId, began_at: at, heard_at: at });
    else if (span === undefined) newestAt = at;
    else span.heard_at = at;
  }
  if (newestAt !== null) await extendNewest(trx, vantageId, newestAt);
  if (begun.length === 0) return;
  await trx
    .insertInto("span")
    .values(begun)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

async function extendNewest(trx: StoreTransaction, vantageId: number, at: number): Promise<void> {
  await trx
    .updateTable("span")
    .set({ heard_at: at })
    .where("vantage_id", "=", vantageId)
    .where("heard_at", "<", at)
    .where("began_at", "=", ({ selectFrom }) =>
      selectFrom("span as newest")
        .select(({ fn }) => fn.max("newest.began_at").as("began_at"))
        .where("newest.vantage_id", "=", vantageId),
    )
    .execute();
}

/** The newest `atMost` spans that overlap these times, oldest first. */
export async function readSpans(
  db: Connection,
  { from, to, atMost }: { from: number; to: number; atMost: number },
): Promise<RecordedSpan[]> {
  const rows = await db
    .selectFrom("span")
    .innerJoin("vantage", "vantage.id", "span.vantage_id")
    .select(["vantage.site", "vantage.name as vantage", "began_at", "span.heard_at"])
    .where("began_at", "<", to)
    .where("span.heard_at", ">=", from)
    .orderBy("began_at", "desc")
    .limit(atMost)
    .execute();
  return rows
    .toReversed()
    .map(({ site, vantage, began_at, heard_at }) => ({ site, vantage, from: began_at, to: heard_at }));
}
