import type { Connection } from "./tables.ts";

/**
 * Times of the newest change of any server before `at`, and of the first one after it; null for none. One look into the
 * primary key of the history for each server and vantage, since the history has no order by time alone.
 */
export async function readChangesBeside(
  db: Connection,
  at: number,
): Promise<{ before: number | null; after: number | null }> {
  const [before, after] = await Promise.all([readNearest(db, at, "before"), readNearest(db, at, "after")]);
  return { before, after };
}

async function readNearest(db: Connection, at: number, side: "before" | "after"): Promise<number | null> {
  const pick = side === "before" ? "max" : "min";
  const found = await db
    .selectFrom((outer) =>
      outer
        .selectFrom("server")
        .innerJoin("vantage", (join) => join.onTrue())
        .select(({ selectFrom }) =>
          selectFrom("verdict_history as row")
            .select(({ fn }) => fn[pick]("row.at").as("at"))
            .whereRef("row.server_id", "=", "server.id")
            .whereRef("row.vantage_id", "=", "vantage.id")
            .where("row.at", side === "before" ? "<" : ">", at)
            .as("at"),
        )
        .as("nearest"),
    )
    .select(({ fn }) => fn[pick]("nearest.at").as("at"))
    .executeTakeFirst();
  return found?.at ?? null;
}
