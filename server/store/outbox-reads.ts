import type { OutboxAttempt, OutboxEntry, OutboxQuery } from "../contract/store.ts";
import type { Connection } from "./tables.ts";
import { formatCursor, parseCursor } from "./time-cursor.ts";

/** The newest messages of a lane, newest first. */
export async function readLane(db: Connection, lane: string, limit: number): Promise<OutboxEntry[]> {
  return selectEntries(db).where("lane", "=", lane).orderBy("n", "desc").limit(limit).execute();
}

/** One page of messages, newest first. */
export async function queryOutbox(
  db: Connection,
  { channel, status, cursor, limit }: OutboxQuery,
): Promise<{ rows: readonly OutboxEntry[]; next: string | null }> {
  let query = selectEntries(db);
  if (channel !== null) query = query.where("channel", "=", channel);
  if (status !== null) query = query.where("status", "=", status);
  const after = parseCursor(cursor);
  if (after !== null) {
    query = query.where(({ eb, refTuple, tuple }) => eb(refTuple("made_at", "id"), "<", tuple(after.at, after.id)));
  }
  const found = await query
    .orderBy("made_at", "desc")
    .orderBy("id", "desc")
    .limit(limit + 1)
    .execute();
  const rows = found.slice(0, limit);
  const last = found.length > limit ? rows.at(-1) : undefined;
  return { rows, next: last === undefined ? null : formatCursor({ at: last.madeAt, id: last.id }) };
}

/** One message with its attempts, oldest first; null for an unknown id. */
export async function readMessage(
  db: Connection,
  id: string,
): Promise<{ entry: OutboxEntry; attempts: readonly OutboxAttempt[] } | null> {
  const entry = await selectEntries(db).where("id", "=", id).executeTakeFirst();
  if (entry === undefined) return null;
  const attempts = await db
    .selectFrom("attempt")
    .select(["attempt", "at", "duration_ms as durationMs", "status", "error"])
    .where("outbox_id", "=", id)
    .orderBy("attempt")
    .execute();
  return { entry, attempts };
}

/** Messages that wait, and when the oldest of them was made. */
export async function readBacklog(db: Connection): Promise<{ waiting: number; oldestMadeAt: number | null }> {
  const { waiting, oldest } = await db
    .selectFrom("outbox")
    .select(({ fn }) => [fn.countAll<number>().as("waiting"), fn.min<number | null>("made_at").as("oldest")])
    .where("status", "=", "waiting")
    .executeTakeFirstOrThrow();
  return { waiting, oldestMadeAt: oldest };
}

function selectEntries(db: Connection) {
  return db
    .selectFrom("outbox")
    .select(["id", "lane", "n", "incident_id as incident", "channel", "kind", "body", "status", "attempts"])
    .select(["made_at as madeAt", "due_at as dueAt"]);
}
