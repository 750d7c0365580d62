import type { Insertable, Selectable } from "kysely";
import { faultOf, type ServerStored, type TrafficStored, type VerdictStored } from "../contract/store.ts";
import { addressEntry, judgementEntry, renewUse, resolveIds, serverEntry } from "./dictionaries.ts";
import { inPortions, type StoreTransaction, type Tables } from "./tables.ts";

type CurrentRow = Selectable<Tables["current_verdict"]>;
type HistoryRow = Insertable<Tables["verdict_history"]>;
type ServerEvent = VerdictStored | ServerStored | TrafficStored;

/** What the events of a batch concern. */
export interface Touched {
  readonly serverIds: readonly number[];
  /** Faults of the mismatches that ended or changed; those that hold now are in the table. */
  readonly endedFaults: readonly string[];
}

/** Writes the verdicts of a vantage: a row of history for each that differs from the one before, and what holds now. */
export async function recordServerEvents(
  trx: StoreTransaction,
  vantageId: number,
  events: readonly ServerEvent[],
  storeTime: number,
): Promise<Touched> {
  if (events.length === 0) return { serverIds: [], endedFaults: [] };
  const ids = await resolveEventIds(trx, events, storeTime);
  const before = await readCurrent(trx, vantageId, [...new Set(ids.servers)]);
  const now = new Map(before);
  const history: HistoryRow[] = [];
  // They are used until now, and the history keeps them for its retention from here on.
  const replaced = { judgements: new Set<number>(), addresses: new Set<number>() };
  for (const [index, event] of events.entries()) {
    const serverId = ids.servers[index] ?? 0;
    const current = now.get(serverId);
    const next = applyEvent(event, current, {
      server_id: serverId,
      vantage_id: vantageId,
      at: event.at,
      seq: event.seq,
      address_id: ids.addresses[index] ?? null,
      judgement_id: ids.judgements[index] ?? null,
    });
    if (next === undefined) continue;
    if (next.judgement_id === null) now.delete(serverId);
    else now.set(serverId, { ...next, judgement_id: next.judgement_id });
    if (event.type === "traffic-counted" || (current !== undefined && isSameState(current, next))) continue;
    history.push(toHistory(next));
    if (current === undefined) continue;
    replaced.judgements.add(current.judgement_id);
    if (current.address_id !== null) replaced.addresses.add(current.address_id);
  }
  await renewUse(trx, "judgement", replaced.judgements, storeTime);
  await renewUse(trx, "address", replaced.addresses, storeTime);
  await insertHistory(trx, history);
  await writeCurrent(trx, vantageId, before, now);
  const ended = [...before].flatMap(([serverId, { fault }]) =>
    fault === null || now.get(serverId)?.fault === fault ? [] : [fault],
  );
  return { serverIds: [...new Set(ids.servers)], endedFaults: [...new Set(ended)] };
}

/** Forgets what a vantage said of every server; returns the faults among it. Its history stays. */
export async function forgetVerdicts(trx: StoreTransaction, vantageId: number): Promise<string[]> {
  const rows = await trx.deleteFrom("current_verdict").where("vantage_id", "=", vantageId).returning("fault").execute();
  return rows.flatMap(({ fault }) => fault ?? []);
}

type NextRow = Omit<CurrentRow, "judgement_id"> & { readonly judgement_id: number | null };

/** What an event leaves; undefined where it says nothing, such as a new address of a server without a verdict. */
function applyEvent(
  event: ServerEvent,
  current: CurrentRow | undefined,
  row: Omit<NextRow, "began_at" | "body" | "fault" | "traffic">,
): NextRow | undefined {
  switch (event.type) {
    case "verdict-changed": {
      const fault = faultOf(event);
      const kept = fault !== null && current?.fault === fault ? current.traffic : null;
      const traffic = event.traffic == null ? kept : JSON.stringify(event.traffic);
      return { ...row, began_at: event.beganAt, body: event.body, fault, traffic };
    }
    case "traffic-counted":
      if (current === undefined || current.fault !== event.fault) return undefined;
      return { ...current, seq: row.seq, traffic: JSON.stringify(event.traffic) };
    case "address-changed":
      return current === undefined ? undefined : { ...current, at: row.at, seq: row.seq, address_id: row.address_id };
    case "server-removed":
      return current === undefined ? undefined : { ...row, began_at: event.at, body: null, fault: null, traffic: null };
  }
}

/** A process that starts again reports every verdict; those that are as before the start are no change. */
function isSameState(a: CurrentRow, b: NextRow): boolean {
  return a.judgement_id === b.judgement_id && a.address_id === b.address_id;
}

function toHistory({ server_id, vantage_id, at, seq, judgement_id, address_id, began_at }: NextRow): HistoryRow {
  return { server_id, vantage_id, at, seq, judgement_id, address_id, began_at };
}

/** Per event the ids of its server, address and judgement. */
async function resolveEventIds(trx: StoreTransaction, events: readonly ServerEvent[], storeTime: number) {
  const servers = events.map((event) => serverEntry(event.server));
  const addresses = events.map((event) =>
    event.type === "traffic-counted" || event.address === null ? null : addressEntry(event.address),
  );
  const judgements = events.map((event) => (event.type === "verdict-changed" ? judgementEntry(event.judgement) : null));
  const serverIds = await resolveIds(trx, "server", byKey(servers), storeTime);
  const addressIds = await resolveIds(trx, "address", byKey(addresses), storeTime);
  const judgementIds = await resolveIds(trx, "judgement", byKey(judgements), storeTime);
  return {
    servers: servers.map(({ key }) => serverIds.get(key) ?? 0),
    addresses: addresses.map((entry) => (entry === null ? null : (addressIds.get(entry.key) ?? null))),
    judgements: judgements.map((entry) => (entry === null ? null : (judgementIds.get(entry.key) ?? null))),
  };
}

function byKey<Row extends { readonly key: string }>(rows: readonly (Row | null)[]): Map<string, Row> {
  const map = new Map<string, Row>();
  for (const row of rows) if (row !== null) map.set(row.key, row);
  return map;
}

async function readCurrent(
  trx: StoreTransaction,
  vantageId: number,
  serverIds: readonly number[],
): Promise<Map<number, CurrentRow>> {
  const rows = new Map<number, CurrentRow>();
  for (const portion of inPortions(serverIds)) {
    const found = await trx
      .selectFrom("current_verdict")
      .selectAll()
      .where("vantage_id", "=", vantageId)
      .where("server_id", "in", portion)
      .execute();
    for (const row of found) rows.set(row.server_id, row);
  }
  return rows;
}

async function insertHistory(trx: StoreTransaction, rows: readonly HistoryRow[]): Promise<void> {
  for (const portion of inPortions(rows)) {
    await trx
      .insertInto("verdict_history")
      .values(portion)
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
}

async function writeCurrent(
  trx: StoreTransaction,
  vantageId: number,
  before: ReadonlyMap<number, CurrentRow>,
  now: ReadonlyMap<number, CurrentRow>,
): Promise<void> {
  const removed = [...before.keys()].filter((serverId) => !now.has(serverId));
  for (const portion of inPortions(removed)) {
    await trx
      .deleteFrom("current_verdict")
      .where("vantage_id", "=", vantageId)
      .where("server_id", "in", portion)
      .execute();
  }
  const changed = [...now].filter(([serverId, row]) => before.get(serverId) !== row).map(([, row]) => row);
  for (const portion of inPortions(changed)) {
    await trx
      .insertInto("current_verdict")
      .values(portion)
      .onConflict((conflict) =>
        conflict.columns(["server_id", "vantage_id"]).doUpdateSet(({ ref }) => ({
          at: ref("excluded.at"),
          seq: ref("excluded.seq"),
          judgement_id: ref("excluded.judgement_id"),
          address_id: ref("excluded.address_id"),
          began_at: ref("excluded.began_at"),
          body: ref("excluded.body"),
          fault: ref("excluded.fault"),
          traffic: ref("excluded.traffic"),
        })),
      )
      .execute();
  }
}
