import type { Judgement, StoredServerName, StripEntry } from "../contract/store.ts";
import { PHASES, VERDICTS } from "../contract/verdict.ts";
import { findIds, readJudgements, serverEntry } from "./dictionaries.ts";
import { StripThinner } from "./strip-thinner.ts";
import { type Connection, inPortions } from "./tables.ts";

/** Rows of history read at once, so that other requests run in between. */
const HISTORY_PAGE = 5_000;

/** What is said of a server that HAProxy does not have any more. */
const REMOVED: Judgement = {
  verdict: "unknown",
  phase: null,
  reason: "not-recorded",
  probeReason: null,
  haproxyStatus: "",
  checkStatus: null,
  checkCode: null,
  probeOutcome: "skipped",
  httpStatus: null,
  sentence: "",
  tone: "quiet",
  subject: null,
  expected: false,
};

interface Change {
  readonly at: number;
  readonly severity: number;
  readonly beganAt: number;
  readonly judgementId: number | null;
  readonly addressId: number | null;
}

/** The strip of one server: what each vantage recorded of it. */
export async function readStrip(
  db: Connection,
  request: { server: StoredServerName; from: number; to: number; atMost: number },
): Promise<StripEntry[]> {
  const { key } = serverEntry(request.server);
  const serverId = (await findIds(db, "server", [key])).get(key);
  if (serverId === undefined) return [];
  const vantages = await db.selectFrom("vantage").select(["id", "name"]).orderBy("id").execute();
  const atMost = Math.max(2, Math.floor(request.atMost / Math.max(1, vantages.length)));
  const entries: StripEntry[] = [];
  for (const vantage of vantages) {
    const changes = await readChanges(
      db,
      { serverId, vantageId: vantage.id, from: request.from, to: request.to },
      atMost,
    );
    const judgements = new Map<number, Judgement>();
    await readJudgements(
      db,
      changes.map(({ judgementId }) => judgementId),
      judgements,
    );
    const addresses = await readAddresses(db, changes);
    for (const { at, beganAt, judgementId, addressId } of changes) {
      const judgement = judgements.get(judgementId ?? 0) ?? REMOVED;
      entries.push({
        ...judgement,
        at,
        beganAt,
        vantage: vantage.name,
        address: addresses.get(addressId ?? 0) ?? null,
      });
    }
  }
  return entries.sort((a, b) => a.at - b.at);
}

interface Range {
  readonly serverId: number;
  readonly vantageId: number;
  readonly from: number;
  readonly to: number;
}

async function readChanges(db: Connection, range: Range, atMost: number): Promise<readonly Change[]> {
  const thinner = new StripThinner<Change>(range.from, range.to, atMost);
  for await (const page of readPages(db, range)) {
    for (const { at, began_at, judgement_id, address_id, verdict, phase } of page) {
      const severity = severityOf(verdict, phase);
      thinner.add({ at, severity, beganAt: began_at, judgementId: judgement_id, addressId: address_id });
    }
  }
  return thinner.finish();
}

/** What held at `from`, then the changes until `to`. */
async function* readPages(db: Connection, { serverId, vantageId, from, to }: Range) {
  const rows = db
    .selectFrom("verdict_history")
    .leftJoin("judgement", "judgement.id", "verdict_history.judgement_id")
    .select(["at", "seq", "judgement_id", "address_id", "began_at", "verdict", "phase"])
    .where("server_id", "=", serverId)
    .where("vantage_id", "=", vantageId);
  yield await rows.where("at", "<=", from).orderBy("at", "desc").orderBy("seq", "desc").limit(1).execute();
  for (let last = { at: from, seq: Number.MAX_SAFE_INTEGER }; ; ) {
    const page = await rows
      .where(({ eb, refTuple, tuple }) => eb(refTuple("at", "seq"), ">", tuple(last.at, last.seq)))
      .where("at", "<", to)
      .orderBy("at")
      .orderBy("seq")
      .limit(HISTORY_PAGE)
      .execute();
    yield page;
    const end = page.at(-1);
    if (end === undefined || page.length < HISTORY_PAGE) return;
    last = end;
  }
}

/** The worst verdict has the highest number; a confirmed mismatch is worse than one that may still turn out to be nothing. */
export function severityOf(verdict: string | null, phase: string | null): number {
  const rank = VERDICTS.length - (VERDICTS as readonly string[]).indexOf(verdict ?? "unknown");
  return (phase === PHASES.at(-1) ? 2 : Number(phase !== null)) * VERDICTS.length + rank;
}

async function readAddresses(db: Connection, changes: readonly Change[]) {
  const ids = [...new Set(changes.flatMap(({ addressId }) => addressId ?? []))];
  const found = new Map<number, { network: string; host: string; port: number }>();
  for (const portion of inPortions(ids)) {
    const rows = await db
      .selectFrom("address")
      .select(["id", "network", "host", "port"])
      .where("id", "in", portion)
      .execute();
    for (const { id, ...address } of rows) found.set(id, address);
  }
  return found;
}
