import type { FleetEntry } from "../contract/store.ts";
import { toAddress } from "./dictionaries.ts";
import type { Connection } from "./tables.ts";
import { parseStored } from "./stored-json.ts";

interface Request {
  readonly at: number;
  readonly cursor: string | null;
  readonly limit: number;
}

/** One page of the fleet as it stood at a moment: what held of at most `limit` servers, of each vantage on its own. */
export async function readFleetAt(
  db: Connection,
  request: Request,
): Promise<{ rows: FleetEntry[]; next: string | null }> {
  const found = await db
    .selectFrom(selectNewest(db, request).as("newest"))
    .leftJoin("verdict_history as row", (join) =>
      join
        .onRef("row.server_id", "=", "newest.serverId")
        .onRef("row.vantage_id", "=", "newest.vantageId")
        .onRef("row.at", "=", "newest.at")
        // Of several changes within one millisecond the last one.
        .on("row.seq", "=", ({ selectFrom }) =>
          selectFrom("verdict_history as same")
            .select(({ fn }) => fn.max("same.seq").as("seq"))
            .whereRef("same.server_id", "=", "newest.serverId")
            .whereRef("same.vantage_id", "=", "newest.vantageId")
            .whereRef("same.at", "=", "newest.at"),
        ),
    )
    .leftJoin("judgement", "judgement.id", "row.judgement_id")
    .leftJoin("address", "address.id", "row.address_id")
    .select(["newest.key", "newest.site", "newest.instance", "newest.backend", "newest.server"])
    .select(["newest.vantageId", "newest.vantage", "row.at", "row.began_at as beganAt"])
    .select(["judgement.key as judgement", "address.network", "address.host", "address.port"])
    .orderBy("newest.key")
    .orderBy("newest.vantageId")
    .execute();
  const last = found.length < request.limit ? undefined : found.at(-1);
  const rows = found.flatMap(
    ({ site, instance, backend, server, vantage, at, beganAt, judgement, network, host, port }) => {
      // Not recorded before this moment, or removed by then.
      if (judgement === null || at === null || beganAt === null) return [];
      const address = toAddress({ network, host, port });
      const name = { site, instance, backend, server };
      return [{ ...parseStored(judgement, "judgement"), server: name, at, beganAt, vantage, address }];
    },
  );
  return { rows, next: last === undefined ? null : JSON.stringify([last.key, last.vantageId]) };
}

/** A page of servers by vantage, each with the time of what held, by one look into the primary key of the history. */
function selectNewest(db: Connection, { at, cursor, limit }: Request) {
  const after = parseCursor(cursor);
  return db
    .selectFrom("server")
    .innerJoin("vantage", (join) => join.onTrue())
    .select([
      "server.id as serverId",
      "server.key",
      "server.site",
      "server.instance",
      "server.backend",
      "server.server",
    ])
    .select(["vantage.id as vantageId", "vantage.name as vantage"])
    .select(({ selectFrom }) =>
      selectFrom("verdict_history as before")
        .select(({ fn }) => fn.max("before.at").as("at"))
        .whereRef("before.server_id", "=", "server.id")
        .whereRef("before.vantage_id", "=", "vantage.id")
        .where("before.at", "<=", at)
        .as("at"),
    )
    .where(({ eb, refTuple, tuple }) =>
      eb(refTuple("server.key", "vantage.id"), ">", tuple(after.key, after.vantageId)),
    )
    .orderBy("server.key")
    .orderBy("vantage.id")
    .limit(limit);
}

/** A cursor is what `next` was; one that cannot be read begins at the first server. */
function parseCursor(cursor: string | null): { key: string; vantageId: number } {
  const first = { key: "", vantageId: 0 };
  if (cursor === null) return first;
  try {
    const [key, vantageId] = JSON.parse(cursor) as unknown[];
    return typeof key === "string" && typeof vantageId === "number" ? { key, vantageId } : first;
  } catch {
    return first;
  }
}
