import type { CommitOutcome, LogPosition } from "../contract/store.ts";
import { HaprobeError } from "../errors.ts";
import type { StoreTransaction } from "./tables.ts";

/** The vantage of a batch, and the last event of it that was applied before. */
export interface AdvancedLog {
  readonly vantageId: number;
  readonly appliedSeq: number;
  /** The log begins with this batch. */
  readonly isNew: boolean;
}

/** Moves the log of a vantage to the end of a batch, or returns why the batch is not applied. */
export async function advanceLog(
  trx: StoreTransaction,
  position: LogPosition,
  now: number,
): Promise<AdvancedLog | CommitOutcome> {
  const { site, vantage: name, logId, writer, takesOver, firstSeq, lastSeq, sentAt } = position;
  const moveFrom = (seq: number) =>
    trx
      .updateTable("vantage")
      .set({ seq: lastSeq, writer, sent_at: sentAt, heard_at: now, skew_ms: sentAt - now })
      .where("log_id", "=", logId)
      .where("site", "=", site)
      .where("name", "=", name)
      .where("seq", "=", seq)
      .where("forgotten_at", "is", null)
      .$if(!takesOver, (query) => query.where("writer", "=", writer))
      .returning("id")
      .executeTakeFirst();
  const moved = await moveFrom(firstSeq - 1);
  if (moved !== undefined) return { vantageId: moved.id, appliedSeq: firstSeq - 1, isNew: false };

  const vantage = await trx
    .selectFrom("vantage")
    .select(["seq", "writer"])
    .where("log_id", "=", logId)
    .where("site", "=", site)
    .where("name", "=", name)
    .where("forgotten_at", "is", null)
    .executeTakeFirst();
  if (vantage === undefined) return beginLog(trx, position, now);
  const gap = { kind: "gap", expectedSeq: vantage.seq + 1 } as const;
  if (vantage.seq < firstSeq - 1) return gap;
  // Its numbers are those of other events.
  if (vantage.writer !== writer) return takesOver ? gap : { kind: "superseded" };
  if (vantage.seq >= lastSeq) return { kind: "repeated", seq: vantage.seq };
  // The batch was merged with one whose outcome was unknown, and which was applied.
  const rest = await moveFrom(vantage.seq);
  if (rest === undefined) throw new HaprobeError("HAPROBE_STORE_LOCKED", `log ${logId} was moved by another process`);
  return { vantageId: rest.id, appliedSeq: vantage.seq, isNew: false };
}

/**
 * A new log takes the place of the one before. One that was replaced, or is another vantage's, is not taken, nor one whose
 * first events the store has not got: it was emptied, or has forgotten the vantage.
 */
async function beginLog(
  trx: StoreTransaction,
  { site, vantage: name, logId, writer, firstSeq, lastSeq, sentAt }: LogPosition,
  now: number,
): Promise<AdvancedLog | CommitOutcome> {
  const earlier = await trx.selectFrom("vantage_log").select("log_id").where("log_id", "=", logId).executeTakeFirst();
  if (earlier !== undefined) return { kind: "superseded" };
  if (firstSeq > 1) return { kind: "gap", expectedSeq: 1 };
  const times = { sent_at: sentAt, heard_at: now, skew_ms: sentAt - now, forgotten_at: null };
  const row = { log_id: logId, seq: lastSeq, writer, ...times };
  const { id } = await trx
    .insertInto("vantage")
    .values({ site, name, ...row })
    .onConflict((conflict) => conflict.columns(["site", "name"]).doUpdateSet(row))
    .returning("id")
    .executeTakeFirstOrThrow();
  await trx
    .updateTable("vantage_log")
    .set({ ended_at: now })
    .where("vantage_id", "=", id)
    .where("ended_at", "is", null)
    .execute();
  await trx
    .insertInto("vantage_log")
    .values({ log_id: logId, vantage_id: id, began_at: now, ended_at: null })
    .execute();
  return { vantageId: id, appliedSeq: firstSeq - 1, isNew: true };
}
