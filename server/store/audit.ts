import type { AuditEntry, AuditStore } from "../contract/audit.ts";
import { type Connection, inPortions } from "./tables.ts";
import { parseStored } from "./stored-json.ts";

/** Adds entries in their order; the oldest beyond `keep` go. */
export async function writeAudit(db: Connection, entries: readonly AuditEntry[], keep: number): Promise<void> {
  await db.transaction().execute(async (trx) => {
    for (const portion of inPortions(entries)) {
      await trx
        .insertInto("audit")
        .values(portion.map((entry) => ({ body: JSON.stringify(entry) })))
        .execute();
    }
    await trx
      .deleteFrom("audit")
      .where("id", "<=", ({ selectFrom }) =>
        selectFrom("audit").select(({ fn, eb, val }) => eb(fn.max("id"), "-", val(keep)).as("oldest")),
      )
      .execute();
  });
}

/** Newest first. */
export async function readAudit(
  db: Connection,
  { cursor, limit }: Parameters<AuditStore["audit"]>[0],
): ReturnType<AuditStore["audit"]> {
  const before = cursor === null || !/^\d{1,15}$/.test(cursor) ? null : Number(cursor);
  const rows = await db
    .selectFrom("audit")
    .select(["id", "body"])
    .$if(before !== null, (query) => query.where("id", "<", before))
    .orderBy("id", "desc")
    .limit(limit + 1)
    .execute();
  const page = rows.slice(0, limit);
  return {
    rows: page.map(({ body }) => parseStored(body, "audit")),
    next: rows.length > limit ? String(page.at(-1)?.id) : null,
  };
}
