import type { Touched } from "./record-events.ts";
import { setTimers } from "./outbox.ts";
import { inPortions, type StoreTransaction } from "./tables.ts";

/**
 * Sets the timer `merge` of each fault that was touched: those that ended or are `forgotten`, and those that any vantage has
 * on the same servers.
 */
export async function setMergeTimers(
  trx: StoreTransaction,
  { serverIds, endedFaults }: Touched,
  forgotten: readonly string[],
  now: number,
): Promise<void> {
  const faults = new Set([...endedFaults, ...forgotten]);
  for (const portion of inPortions(serverIds)) {
    const rows = await trx
      .selectFrom("current_verdict")
      .select("fault")
      .distinct()
      .where("server_id", "in", portion)
      .where("fault", "is not", null)
      .execute();
    for (const { fault } of rows) if (fault !== null) faults.add(fault);
  }
  // In one order everywhere, so that two transactions do not wait for each other's rows.
  const timers = [...faults].toSorted().map((subject) => ({ kind: "merge", subject, dueInMs: 0 }) as const);
  await setTimers(trx, timers, now);
}
