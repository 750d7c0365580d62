import type { SeriesPoint, Store } from "../contract/store.ts";
import { SERIES } from "../contract/series.ts";
import { MeanValues } from "../history/mean-values.ts";
import { findIds, resolveIds, serverEntry } from "./dictionaries.ts";
import { type Connection, inPortions } from "./tables.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Writes the values of one minute; a repeated minute replaces the one before. */
export async function writeSeries(db: Connection, points: readonly SeriesPoint[], now: number): Promise<void> {
  const entries = points.map(({ server }) => serverEntry(server));
  const ids = await resolveIds(db, "server", new Map(entries.map((entry) => [entry.key, entry])), now);
  const rows = points.map(({ at, values }, place) => ({
    at,
    server_id: ids.get(entries[place]?.key ?? "") ?? 0,
    data: encodeValues(values),
  }));
  for (const portion of inPortions(rows)) {
    await db
      .insertInto("series_minute")
      .values(portion)
      .onConflict((conflict) =>
        conflict.columns(["at", "server_id"]).doUpdateSet(({ ref }) => ({ data: ref("excluded.data") })),
      )
      .execute();
  }
}

/** The values of a server within a range. */
export async function readSeries(
  db: Connection,
  { server, from, to, by }: Parameters<Store["series"]>[0],
): Promise<Pick<SeriesPoint, "at" | "values">[]> {
  const { key } = serverEntry(server);
  const serverId = (await findIds(db, "server", [key])).get(key);
  if (serverId === undefined) return [];
  const [table, everyMs] =
    by === "minute" ? (["series_minute", MINUTE_MS] as const) : (["series_hour", HOUR_MS] as const);
  const times: number[] = [];
  for (let at = Math.ceil(from / everyMs) * everyMs; at < to; at += everyMs) times.push(at);
  const points: Pick<SeriesPoint, "at" | "values">[] = [];
  // Rows are in the order of time, so that writing appends: a server's are found by their times.
  for (const portion of inPortions(times)) {
    const rows = await db
      .selectFrom(table)
      .select(["at", "data"])
      .where("at", "in", portion)
      .where("server_id", "=", serverId)
      .orderBy("at")
      .execute();
    for (const { at, data } of rows) points.push({ at, values: decodeValues(data) });
  }
  return points;
}

/** Joins the minutes of hours that ended before `now`, and deletes what is older than it is kept; step by step. */
export async function maintainSeries(
  db: Connection,
  { now, minutesKeptMs, hoursKeptMs }: Parameters<Store["maintainSeries"]>[0],
): Promise<void> {
  const newest = await newestAt(db, "series_hour");
  for (let from = newest === null ? 0 : newest + HOUR_MS; ; ) {
    const minute = await oldestAt(db, "series_minute", from);
    const hour = minute === null ? now : Math.floor(minute / HOUR_MS) * HOUR_MS;
    if (hour + HOUR_MS > now) break;
    await joinHour(db, hour);
    from = hour + HOUR_MS;
  }
  await deleteBefore(db, "series_minute", now - minutesKeptMs);
  await deleteBefore(db, "series_hour", now - hoursKeptMs);
}

async function joinHour(db: Connection, hour: number): Promise<void> {
  const means = new Map<number, MeanValues>();
  for (let at = hour; at < hour + HOUR_MS; at += MINUTE_MS) {
    const rows = await db.selectFrom("series_minute").select(["server_id", "data"]).where("at", "=", at).execute();
    for (const { server_id: id, data } of rows) {
      let mean = means.get(id);
      if (mean === undefined) means.set(id, (mean = new MeanValues()));
      mean.add(decodeValues(data));
    }
  }
  for (const portion of inPortions([...means])) {
    await db
      .insertInto("series_hour")
      .values(portion.map(([id, mean]) => ({ at: hour, server_id: id, data: encodeValues(mean.finish()) })))
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
}

async function deleteBefore(db: Connection, table: SeriesTableName, end: number): Promise<void> {
  for (let at = await oldestAt(db, table, 0); at !== null && at < end; at = await oldestAt(db, table, at)) {
    await db.deleteFrom(table).where("at", "=", at).execute();
  }
}

type SeriesTableName = "series_minute" | "series_hour";

async function oldestAt(db: Connection, table: SeriesTableName, from: number): Promise<number | null> {
  const row = await db.selectFrom(table).select("at").where("at", ">=", from).orderBy("at").limit(1).executeTakeFirst();
  return row?.at ?? null;
}

async function newestAt(db: Connection, table: SeriesTableName): Promise<number | null> {
  const row = await db.selectFrom(table).select("at").orderBy("at", "desc").limit(1).executeTakeFirst();
  return row?.at ?? null;
}

/** 2 bytes a value as base64, since both engines keep texts alike. */
function encodeValues(values: readonly number[]): string {
  return Buffer.from(Float16Array.from(values).buffer).toString("base64url");
}

function decodeValues(data: string): number[] {
  const bytes = Buffer.from(data, "base64url");
  return Array.from(SERIES, (_name, place) => {
    const start = 2 * place;
    return start + 2 <= bytes.length
      ? new DataView(bytes.buffer, bytes.byteOffset).getFloat16(start, true)
      : Number.NaN;
  });
}
