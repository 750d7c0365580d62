import { sql } from "kysely";
import type { IncidentRecord } from "../contract/incident.ts";
import { serverKey } from "../contract/server-key.ts";
import type { IncidentQuery } from "../contract/store.ts";
import { type Connection, inPortions } from "./tables.ts";
import { formatCursor, parseCursor } from "./time-cursor.ts";
import { parseStored } from "./stored-json.ts";

/** As the partial index of open incidents has it: with a parameter instead, SQLite reads every incident. */
export const IS_OPEN = sql<boolean>`state <> 'ended'`;

/** The records with these ids, in this order; unknown ids are left out. */
export async function readIncidents(db: Connection, ids: readonly string[]): Promise<IncidentRecord[]> {
  const records = new Map<string, IncidentRecord>();
  for (const portion of inPortions(ids))
    for (const record of await readPortion(db, portion)) records.set(record.id, record);
  return ids.flatMap((id) => records.get(id) ?? []);
}

async function readPortion(db: Connection, ids: readonly string[]): Promise<IncidentRecord[]> {
  const rows = await db.selectFrom("incident").select(["id", "body"]).where("id", "in", ids).execute();
  const members = await db
    .selectFrom("member")
    .innerJoin("server", "server.id", "member.server_id")
    .select(["incident_id", "site", "instance", "backend", "server", "vantage", "body"])
    .where("incident_id", "in", ids)
    .orderBy("position")
    .execute();
  const changes = await db
    .selectFrom("incident_change")
    .selectAll()
    .where("incident_id", "in", ids)
    .orderBy("n")
    .execute();
  const membersOf = Map.groupBy(members, (row) => row.incident_id);
  const changesOf = Map.groupBy(changes, (row) => row.incident_id);
  return rows.map(({ id, body }) => ({
    ...parseStored(body, "incident"),
    members: (membersOf.get(id) ?? []).map(({ site, instance, backend, server, vantage, body: rest }) => ({
      ...parseStored(rest, "member"),
      ...(vantage === "" ? {} : { vantage }),
      key: serverKey(instance, backend, server),
      site,
      instance,
      backend,
      server,
    })),
    changes: (changesOf.get(id) ?? []).map(({ n, body: rest }) => ({
      n,
      ...parseStored(rest, "change"),
    })),
  }));
}

/** Those that are not ended, oldest first; null: of every fingerprint. */
export async function readOpenIncidents(
  db: Connection,
  fingerprints: readonly string[] | null,
): Promise<readonly IncidentRecord[]> {
  if (fingerprints?.length === 0) return [];
  const rows = await db
    .selectFrom("incident")
    .select("id")
    .where(IS_OPEN)
    .$if(fingerprints !== null, (query) => query.where("fingerprint", "in", fingerprints ?? []))
    .orderBy("confirmed_at")
    .orderBy("id")
    .execute();
  return readIncidents(
    db,
    rows.map(({ id }) => id),
  );
}

/** One portion of those that are not ended, by their fingerprint. */
export async function readOpenPage(
  db: Connection,
  cursor: string | null,
  limit: number,
): Promise<{ rows: readonly IncidentRecord[]; next: string | null }> {
  const found = await db
    .selectFrom("incident")
    .select(["id", "fingerprint"])
    .where(IS_OPEN)
    .$if(cursor !== null, (query) => query.where("fingerprint", ">", cursor ?? ""))
    .orderBy("fingerprint")
    .limit(limit + 1)
    .execute();
  const page = found.slice(0, limit);
  const ids = page.map(({ id }) => id);
  return { rows: await readIncidents(db, ids), next: found.length > limit ? (page.at(-1)?.fingerprint ?? null) : null };
}

/** Those that were not ended at some moment of `from` to `to`, newest first. */
export async function queryIncidents(
  db: Connection,
  { open, from, to, cursor, limit }: IncidentQuery,
): Promise<{ rows: readonly IncidentRecord[]; next: string | null }> {
  let query = db.selectFrom("incident").select(["id", "confirmed_at"]);
  if (open !== null) query = query.where("state", open ? "<>" : "=", "ended");
  if (to !== null) query = query.where("confirmed_at", "<", to);
  if (from !== null)
    query = query.where((where) => where.or([where("ended_at", "is", null), where("ended_at", ">=", from)]));
  const after = parseCursor(cursor);
  if (after !== null) {
    query = query.where(({ eb, refTuple, tuple }) =>
      eb(refTuple("confirmed_at", "id"), "<", tuple(after.at, after.id)),
    );
  }
  const found = await query
    .orderBy("confirmed_at", "desc")
    .orderBy("id", "desc")
    .limit(limit + 1)
    .execute();
  const page = found.slice(0, limit);
  const last = found.length > limit ? page.at(-1) : undefined;
  const rows = await readIncidents(
    db,
    page.map(({ id }) => id),
  );
  return { rows, next: last === undefined ? null : formatCursor({ at: last.confirmed_at, id: last.id }) };
}

/** Incidents that were written at this time of the store's clock or later, oldest first. */
export async function readChangedIncidents(db: Connection, at: number, atMost: number): Promise<IncidentRecord[]> {
  const rows = await db
    .selectFrom("incident")
    .select("id")
    .where("changed_at", ">=", at)
    .orderBy("changed_at")
    .limit(atMost)
    .execute();
  return readIncidents(
    db,
    rows.map(({ id }) => id),
  );
}
