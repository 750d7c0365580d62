import type { ServerStored, Store, VantageVerdict, VerdictStored } from "../contract/store.ts";
import type { VantageName } from "../contract/vantage.ts";
import { toAddress } from "./dictionaries.ts";
import { IS_OPEN } from "./incident-reads.ts";
import { type Connection, inPortions } from "./tables.ts";
import { parseStored } from "./stored-json.ts";

/** The newest verdicts and removals of one vantage within a part of its log, in its order. */
export async function readVerdictsAfter(
  db: Connection,
  { by, afterSeq, untilSeq, atMost }: Parameters<Store["verdictsAfter"]>[0],
): Promise<(VerdictStored | ServerStored)[]> {
  const rows = await selectVerdicts(db)
    .where("vantage.site", "=", by.site)
    .where("vantage.name", "=", by.vantage)
    .where("current_verdict.seq", ">", afterSeq)
    .where("current_verdict.seq", "<=", untilSeq)
    .orderBy("current_verdict.seq")
    .limit(atMost)
    .execute();
  const removed = await db
    .selectFrom("verdict_history")
    .innerJoin("vantage", "vantage.id", "verdict_history.vantage_id")
    .innerJoin("server", "server.id", "verdict_history.server_id")
    .select(["verdict_history.seq", "at", "server.site", "instance", "backend", "server"])
    .where("vantage.site", "=", by.site)
    .where("vantage.name", "=", by.vantage)
    .where("judgement_id", "is", null)
    .where("verdict_history.seq", ">", afterSeq)
    .where("verdict_history.seq", "<=", untilSeq)
    .orderBy("verdict_history.seq")
    .limit(atMost)
    .execute();
  const verdicts = rows.map((row): VerdictStored => {
    const { by: _by, fault: _fault, ...verdict } = toVantageVerdict(row);
    return verdict;
  });
  const removals = removed.map(
    ({ seq, at, ...server }): ServerStored => ({ type: "server-removed", seq, at, server, address: null }),
  );
  return [...verdicts, ...removals].sort((a, b) => a.seq - b.seq).slice(0, atMost);
}

/** What every vantage says of each server that has one of these faults in any of them, or is a member of its open incident. */
export async function readFaultVerdicts(db: Connection, faults: readonly string[]): Promise<VantageVerdict[]> {
  const found = new Map<string, VantageVerdict>();
  for (const portion of inPortions(faults)) {
    const rows = await selectVerdicts(db)
      .where(({ eb, or, selectFrom }) =>
        or([
          eb(
            "current_verdict.server_id",
            "in",
            selectFrom("current_verdict as with_fault")
              .select("with_fault.server_id")
              .where("with_fault.fault", "in", portion),
          ),
          // What became of a member that has the fault no more.
          eb(
            "current_verdict.server_id",
            "in",
            selectFrom("member")
              .innerJoin("incident", "incident.id", "member.incident_id")
              .select("member.server_id")
              .where("incident.fingerprint", "in", portion)
              .where(IS_OPEN),
          ),
        ]),
      )
      .orderBy("current_verdict.server_id")
      .orderBy("current_verdict.vantage_id")
      .execute();
    for (const row of rows) found.set(`${row.server_id} ${row.vantage_id}`, toVantageVerdict(row));
  }
  return [...found.values()];
}

/** Faults of the mismatches that a vantage has now. */
export async function readFaultsOf(db: Connection, by: VantageName): Promise<string[]> {
  const rows = await db
    .selectFrom("current_verdict")
    .innerJoin("vantage", "vantage.id", "current_verdict.vantage_id")
    .select("fault")
    .distinct()
    .where("vantage.site", "=", by.site)
    .where("vantage.name", "=", by.vantage)
    .where("fault", "is not", null)
    .execute();
  return rows.flatMap(({ fault }) => fault ?? []);
}

function selectVerdicts(db: Connection) {
  return db
    .selectFrom("current_verdict")
    .innerJoin("vantage", "vantage.id", "current_verdict.vantage_id")
    .innerJoin("server", "server.id", "current_verdict.server_id")
    .innerJoin("judgement", "judgement.id", "current_verdict.judgement_id")
    .leftJoin("address", "address.id", "current_verdict.address_id")
    .select(["server_id", "vantage_id", "current_verdict.seq", "at", "began_at", "body", "fault", "traffic"])
    .select(["vantage.site as vantage_site", "vantage.name as vantage"])
    .select(["server.site", "instance", "backend", "server", "judgement.key as judgement"])
    .select(["network", "host", "port"]);
}

type VerdictRow = Awaited<ReturnType<ReturnType<typeof selectVerdicts>["execute"]>>[number];

function toVantageVerdict(row: VerdictRow): VantageVerdict {
  const { seq, at, began_at: beganAt, body, fault, traffic, judgement, site, instance, backend, server } = row;
  return {
    type: "verdict-changed",
    by: { site: row.vantage_site, vantage: row.vantage },
    seq,
    at,
    server: { site, instance, backend, server },
    address: toAddress(row),
    judgement: parseStored(judgement, "judgement"),
    beganAt,
    body,
    fault,
    traffic: traffic === null ? null : parseStored(traffic, "traffic"),
  };
}
