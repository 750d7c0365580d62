import { sql } from "kysely";
import type { OutboxDraft, TimerWrite } from "../contract/store.ts";
import type { Database } from "./database.ts";
import { inPortions, type StoreTransaction } from "./tables.ts";

/** Adds messages; one whose id, or whose place in its lane, exists is there already. */
export async function addToOutbox(trx: StoreTransaction, drafts: readonly OutboxDraft[], now: number): Promise<void> {
  for (const portion of inPortions(drafts)) {
    const rows = portion.map(({ incident, dueInMs, ...draft }) => ({
      ...draft,
      incident_id: incident,
      due_at: now + Math.round(dueInMs),
      status: "waiting" as const,
      attempts: 0,
      holder: null,
      leased_until: 0,
      made_at: now,
    }));
    await trx
      .insertInto("outbox")
      .values(rows)
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
}

/** Sets and removes timers. One that is set already keeps an earlier time; one that is claimed is set anew. */
export async function setTimers(trx: StoreTransaction, timers: readonly TimerWrite[], now: number): Promise<void> {
  for (const { kind, subject, dueInMs } of timers) {
    if (dueInMs === null) {
      await trx.deleteFrom("timer").where("kind", "=", kind).where("subject", "=", subject).execute();
      continue;
    }
    await trx
      .insertInto("timer")
      .values({ kind, subject, due_at: now + Math.round(dueInMs), attempts: 0, holder: null, leased_until: 0 })
      .onConflict((conflict) =>
        conflict.columns(["kind", "subject"]).doUpdateSet({
          due_at: sql`case when timer.holder is null and timer.due_at < excluded.due_at then timer.due_at else excluded.due_at end`,
          holder: null,
          leased_until: 0,
        }),
      )
      .execute();
  }
}

/** Lets a message that does not wait be sent again; its attempts are counted on. False where there is none. */
export async function resendMessage({ db, now }: Database, id: string): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable("outbox")
    .set({ status: "waiting", due_at: now(), holder: null, leased_until: 0 })
    .where("id", "=", id)
    .where("status", "<>", "waiting")
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}
