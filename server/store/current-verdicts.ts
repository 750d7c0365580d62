import type { VerdictStored } from "../contract/store.ts";
import { toAddress } from "./dictionaries.ts";
import type { Connection } from "./tables.ts";
import { parseStored } from "./stored-json.ts";

/** A verdict and the vantage that reached it. */
type VantageVerdict = VerdictStored & { readonly vantage: string };

/** The newest verdict of each server after these positions, in the order of each vantage's log; null: all. */
export async function readCurrentVerdicts(
  db: Connection,
  after: Readonly<Record<string, number>> | null,
  atMost: number,
): Promise<VantageVerdict[]> {
  const rows = await db
    .selectFrom("current_verdict")
    .innerJoin("vantage", "vantage.id", "current_verdict.vantage_id")
    .innerJoin("server", "server.id", "current_verdict.server_id")
    .innerJoin("judgement", "judgement.id", "current_verdict.judgement_id")
    .leftJoin("address", "address.id", "current_verdict.address_id")
    .select(["vantage.name as vantage", "current_verdict.seq", "at", "began_at", "body"])
    .select(["server.site", "instance", "backend", "server", "judgement.key as judgement"])
    .select(["network", "host", "port"])
    .where(({ and, eb, or }) =>
      and(
        Object.entries(after ?? {}).map(([name, seq]) =>
          or([eb("vantage.name", "<>", name), eb("current_verdict.seq", ">", seq)]),
        ),
      ),
    )
    .orderBy("vantage.id")
    .orderBy("current_verdict.seq")
    .limit(atMost)
    .execute();
  return rows.map(({ vantage, seq, at, began_at, body, judgement, network, host, port, ...server }) => ({
    type: "verdict-changed",
    vantage,
    seq,
    at,
    server,
    address: toAddress({ network, host, port }),
    judgement: parseStored(judgement, "judgement"),
    beganAt: began_at,
    body,
  }));
}
