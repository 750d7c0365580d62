import type { RetentionSettings } from "../contract/settings.ts";
import { BOUNDS } from "../bounds.ts";
import type { Database } from "./database.ts";
import { forgetVantages } from "./forget-vantages.ts";
import { pruneLog } from "./log.ts";
import { type Connection, inPortions } from "./tables.ts";

/** What was used within the last day may be marked with a time a day older, and be in use again now. */
const USED_MARGIN_MS = 2 * 86_400_000;

/**
 * Removes what is older than the retention allows, as seen at `now`. Yields after each slice of at most `storePruneRows`
 * rows with their number, so that other work runs in between.
 */
export async function* prune(
  database: Database,
  retention: RetentionSettings,
  now: number,
): AsyncGenerator<number, void, void> {
  const { db } = database;
  const oldest = now - retention.verdictsMs;
  await forgetVantages(database);
  yield* pruneHistory(db, oldest);
  yield* repeat(() => pruneIncidents(db, oldest));
  yield* repeat(() => pruneOutbox(db, now - BOUNDS.outboxKeptMs));
  yield* repeat(() => pruneJudgements(db, oldest));
  yield* repeat(() => pruneSpans(db, oldest));
  yield* repeat(() => pruneReloads(db, oldest));
  yield* repeat(() => pruneLog(db, now - BOUNDS.spoolKeptMs, BOUNDS.storePruneRows));
  // Removed servers and their addresses are named by the longest history.
  const unused = now - Math.max(retention.verdictsMs, retention.minutesMs, retention.hoursMs) - USED_MARGIN_MS;
  yield* repeat(() => pruneServers(db, unused));
  await pruneVantages(db, unused);
  yield* repeat(() => pruneAddresses(db, unused));
  await db
    .deleteFrom("session")
    .where(({ eb, or }) => or([eb("idle_ends_at", "<", now), eb("ends_at", "<", now)]))
    .execute();
  await db
    .deleteFrom("silence")
    .where("until_at", "<", now - BOUNDS.outboxKeptMs)
    .execute();
}

/** Repeats a slice until it finds less than a whole one. */
async function* repeat(slice: () => Promise<number>): AsyncGenerator<number, void, void> {
  for (let count: number = BOUNDS.storePruneRows; count >= BOUNDS.storePruneRows; ) {
    count = await slice();
    yield count;
  }
}

/** Keeps of each server what held at `oldest`, so that a strip from there on begins with it. */
async function* pruneHistory(db: Connection, oldest: number): AsyncGenerator<number, void, void> {
  for (let afterId = 0; ; ) {
    const pairs = await selectPrunable(db, afterId, oldest);
    for (const { serverId, vantageId, forgottenAt, first, kept } of pairs) {
      if (first === null || kept === null) continue;
      // What a forgotten vantage said holds no longer.
      const before = forgottenAt !== null && forgottenAt < oldest ? kept + 1 : kept;
      if (first < before) yield* repeat(() => pruneServer(db, serverId, vantageId, before));
    }
    const last = pairs.at(-1);
    if (last === undefined) return;
    afterId = last.serverId;
    yield 0;
  }
}

/** Per server and vantage its first row and the one that held at `oldest`, each by one look into the primary key. */
function selectPrunable(db: Connection, afterId: number, oldest: number) {
  return db
    .selectFrom(db.selectFrom("server").select("id").where("id", ">", afterId).orderBy("id").limit(200).as("server"))
    .innerJoin("vantage", (join) => join.onTrue())
    .select(["server.id as serverId", "vantage.id as vantageId", "vantage.forgotten_at as forgottenAt"])
    .select(({ selectFrom }) => [
      selectFrom("verdict_history as row")
        .select(({ fn }) => fn.min("row.at").as("at"))
        .whereRef("row.server_id", "=", "server.id")
        .whereRef("row.vantage_id", "=", "vantage.id")
        .as("first"),
      selectFrom("verdict_history as row")
        .select(({ fn }) => fn.max("row.at").as("at"))
        .whereRef("row.server_id", "=", "server.id")
        .whereRef("row.vantage_id", "=", "vantage.id")
        .where("row.at", "<=", oldest)
        .as("kept"),
    ])
    .orderBy("server.id")
    .execute();
}

async function pruneServer(db: Connection, serverId: number, vantageId: number, before: number): Promise<number> {
  const last = await db
    .selectFrom("verdict_history")
    .select("at")
    .where("server_id", "=", serverId)
    .where("vantage_id", "=", vantageId)
    .where("at", "<", before)
    .orderBy("at")
    .offset(BOUNDS.storePruneRows - 1)
    .limit(1)
    .executeTakeFirst();
  const { numDeletedRows } = await db
    .deleteFrom("verdict_history")
    .where("server_id", "=", serverId)
    .where("vantage_id", "=", vantageId)
    .where("at", "<", last === undefined ? before : last.at + 1)
    .executeTakeFirst();
  return Number(numDeletedRows);
}

async function pruneIncidents(db: Connection, oldest: number): Promise<number> {
  const rows = await db
    .selectFrom("incident")
    .select("id")
    .where("ended_at", "<", oldest)
    .limit(BOUNDS.storePruneRows / 10)
    .execute();
  const ids = rows.map(({ id }) => id);
  if (ids.length === 0) return 0;
  await db.transaction().execute(async (trx) => {
    await trx.deleteFrom("member").where("incident_id", "in", ids).execute();
    await trx.deleteFrom("incident_change").where("incident_id", "in", ids).execute();
    await trx.deleteFrom("incident").where("id", "in", ids).execute();
  });
  return ids.length * 10;
}

/** Messages that do not wait, except of lanes with an open incident: what was sent there decides what is sent next. */
async function pruneOutbox(db: Connection, oldest: number): Promise<number> {
  const rows = await db
    .selectFrom("outbox")
    .select("id")
    .where("status", "<>", "waiting")
    .where("made_at", "<", oldest)
    .where("lane", "not in", ({ selectFrom }) =>
      selectFrom("outbox as other")
        .innerJoin("incident", "incident.id", "other.incident_id")
        .select("other.lane")
        .where("incident.state", "<>", "ended"),
    )
    .limit(BOUNDS.storePruneRows)
    .execute();
  const ids = rows.map(({ id }) => id);
  if (ids.length === 0) return 0;
  await db.transaction().execute(async (trx) => {
    await trx.deleteFrom("attempt").where("outbox_id", "in", ids).execute();
    await trx.deleteFrom("outbox").where("id", "in", ids).execute();
  });
  return ids.length;
}

/** Judgements that no row can have: `used_at` is renewed once a day, and a transaction that uses one may be under way. */
async function pruneJudgements(db: Connection, oldest: number): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom("judgement")
    .where("id", "in", ({ selectFrom }) =>
      selectFrom("judgement as unused")
        .select("unused.id")
        .where("unused.used_at", "<", oldest - USED_MARGIN_MS)
        .where("unused.id", "not in", (query) => query.selectFrom("current_verdict").select("judgement_id"))
        .limit(BOUNDS.storePruneRows),
    )
    .where("used_at", "<", oldest - USED_MARGIN_MS)
    .executeTakeFirst();
  return Number(numDeletedRows);
}

/** Servers that HAProxy has no longer, with the row of history that says so; an incident that is kept keeps its members. */
async function pruneServers(db: Connection, unusedSince: number): Promise<number> {
  return db.transaction().execute(async (trx) => {
    const rows = await trx
      .deleteFrom("server")
      .where("id", "in", ({ selectFrom }) =>
        selectFrom("server as unused")
          .select("unused.id")
          .where("unused.used_at", "<", unusedSince)
          .where("unused.id", "not in", (query) => query.selectFrom("current_verdict").select("server_id"))
          .where("unused.id", "not in", (query) => query.selectFrom("member").select("server_id"))
          .limit(SERVERS_PER_SLICE),
      )
      .where("used_at", "<", unusedSince)
      .returning("id")
      .execute();
    const ids = rows.map(({ id }) => id);
    for (const portion of inPortions(ids)) {
      await trx.deleteFrom("verdict_history").where("server_id", "in", portion).execute();
    }
    return ids.length < SERVERS_PER_SLICE ? ids.length : BOUNDS.storePruneRows;
  });
}

/** Each has a few rows of history. */
const SERVERS_PER_SLICE = BOUNDS.storePruneRows / 10;

/** Vantages that are forgotten for as long as anything names them. */
async function pruneVantages(db: Connection, unusedSince: number): Promise<void> {
  await db
    .deleteFrom("vantage")
    .where("forgotten_at", "<", unusedSince)
    .where("id", "not in", (query) => query.selectFrom("verdict_history").select("vantage_id"))
    .execute();
}

async function pruneAddresses(db: Connection, unusedSince: number): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom("address")
    .where("id", "in", ({ selectFrom }) =>
      selectFrom("address as unused")
        .select("unused.id")
        .where("unused.used_at", "<", unusedSince)
        .where("unused.id", "not in", (query) =>
          query.selectFrom("current_verdict").select("address_id").where("address_id", "is not", null),
        )
        .limit(BOUNDS.storePruneRows),
    )
    .where("used_at", "<", unusedSince)
    .executeTakeFirst();
  return Number(numDeletedRows);
}

async function pruneSpans(db: Connection, oldest: number): Promise<number> {
  const { numDeletedRows } = await db.deleteFrom("span").where("heard_at", "<", oldest).executeTakeFirst();
  return Math.min(Number(numDeletedRows), BOUNDS.storePruneRows - 1);
}

async function pruneReloads(db: Connection, oldest: number): Promise<number> {
  const { numDeletedRows } = await db.deleteFrom("reload").where("at", "<", oldest).executeTakeFirst();
  return Math.min(Number(numDeletedRows), BOUNDS.storePruneRows - 1);
}
