import { BOUNDS } from "../bounds.ts";
import type { InstanceStored, StoredEvent } from "../contract/store.ts";
import { type Connection, inPortions, type StoreTransaction } from "./tables.ts";

/** Keeps when a vantage saw each HAProxy reloaded: of an instance the newest `reloadsMax`. */
export async function recordReloads(
  trx: StoreTransaction,
  vantageId: number,
  events: readonly StoredEvent[],
): Promise<void> {
  const reloads = events.filter(isReload);
  for (const portion of inPortions(reloads)) {
    await trx
      .insertInto("reload")
      .values(portion.map(({ site, instance, at }) => ({ site, instance, vantage_id: vantageId, at })))
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
  const instances = new Map(
    reloads.map(({ site, instance }) => [JSON.stringify([site, instance]), { site, instance }]),
  );
  for (const instance of instances.values()) await dropOldest(trx, instance);
}

function isReload(event: StoredEvent): event is InstanceStored {
  return event.type === "instance-changed" && event.epoch !== null;
}

type StoredInstance = Pick<InstanceStored, "site" | "instance">;

async function dropOldest(trx: StoreTransaction, { site, instance }: StoredInstance): Promise<void> {
  await trx
    .deleteFrom("reload")
    .where("site", "=", site)
    .where("instance", "=", instance)
    .where("at", "<", ({ selectFrom }) =>
      selectFrom("reload as newer")
        .select("newer.at")
        .where("newer.site", "=", site)
        .where("newer.instance", "=", instance)
        .orderBy("newer.at", "desc")
        .offset(BOUNDS.reloadsMax - 1)
        .limit(1),
    )
    .execute();
}

/** When an instance was reloaded within these times, as each vantage saw it, oldest first. */
export async function readReloads(
  db: Connection,
  { site, instance, from, to }: StoredInstance & { readonly from: number; readonly to: number },
): Promise<number[]> {
  const rows = await db
    .selectFrom("reload")
    .select("at")
    .where("site", "=", site)
    .where("instance", "=", instance)
    .where("at", ">=", from)
    .where("at", "<", to)
    .orderBy("at", "desc")
    .limit(BOUNDS.reloadsMax)
    .execute();
  return rows.map(({ at }) => at).toReversed();
}
