import { BOUNDS } from "../bounds.ts";
import { type Database, readClock } from "./database.ts";
import { setMergeTimers } from "./merge-timers.ts";
import { forgetVerdicts } from "./record-events.ts";

/**
 * Forgets what vantages said that were not heard for `vantageForgottenAfterMs`, so that their faults are reduced without
 * them. One that is heard after all sends its log from the beginning.
 */
export async function forgetVantages(database: Database): Promise<void> {
  await database.db.transaction().execute(async (trx) => {
    const now = await readClock(database, trx);
    const vantages = await trx
      .updateTable("vantage")
      .set({ status: null, forgotten_at: now })
      .where("forgotten_at", "is", null)
      .where("heard_at", "<", now - BOUNDS.vantageForgottenAfterMs)
      .returning("id")
      .execute();
    for (const { id } of vantages) {
      const faults = await forgetVerdicts(trx, id);
      await trx.deleteFrom("vantage_log").where("vantage_id", "=", id).execute();
      if (database.isShared) await setMergeTimers(trx, { serverIds: [], endedFaults: [] }, faults, now);
    }
  });
}
