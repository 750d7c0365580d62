import type { StoredSession } from "../contract/session-store.ts";
import { type Connection, inPortions } from "./tables.ts";

/** Adds a session; of its user the oldest go beyond `atMost`. */
export async function writeSession(db: Connection, session: StoredSession, atMost: number): Promise<void> {
  const { id, user, createdAt, idleEndsAt, endsAt, body } = session;
  await db.transaction().execute(async (trx) => {
    await trx
      .insertInto("session")
      .values({ id, user_name: user, created_at: createdAt, idle_ends_at: idleEndsAt, ends_at: endsAt, body })
      .execute();
    const kept = await trx
      .selectFrom("session")
      .select("id")
      .where("user_name", "=", user)
      .orderBy("created_at", "desc")
      .orderBy("id")
      .limit(atMost)
      .execute();
    await trx
      .deleteFrom("session")
      .where("user_name", "=", user)
      .where(
        "id",
        "not in",
        kept.map((row) => row.id),
      )
      .execute();
  });
}

export async function readSession(db: Connection, id: string): Promise<StoredSession | null> {
  const row = await db.selectFrom("session").selectAll().where("id", "=", id).executeTakeFirst();
  if (row === undefined) return null;
  const { user_name: user, created_at, idle_ends_at, ends_at, body } = row;
  return {
    id,
    user,
    createdAt: created_at,
    idleEndsAt: idle_ends_at,
    endsAt: ends_at,
    body,
  };
}

export async function touchSession(db: Connection, id: string, idleEndsAt: number): Promise<void> {
  await db.updateTable("session").set({ idle_ends_at: idleEndsAt }).where("id", "=", id).execute();
}

/** Those of these ids that are there. */
export async function readHeldSessions(db: Connection, ids: readonly string[]): Promise<readonly string[]> {
  const held: string[] = [];
  for (const portion of inPortions(ids)) {
    const rows = await db.selectFrom("session").select("id").where("id", "in", portion).execute();
    held.push(...rows.map(({ id }) => id));
  }
  return held;
}

export async function deleteSession(db: Connection, id: string): Promise<void> {
  await db.deleteFrom("session").where("id", "=", id).execute();
}
