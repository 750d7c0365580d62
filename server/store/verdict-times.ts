import type { TimeRange } from "../contract/history.ts";
import type { Judgement, ServerTimes, Store, VerdictTimes } from "../contract/store.ts";
import { BOUNDS } from "../bounds.ts";
import { groupSpans, spansOf } from "../history/group-spans.ts";
import { VerdictTally } from "../history/verdict-tally.ts";
import { readJudgements } from "./dictionaries.ts";
import { readSpans } from "./spans.ts";
import { type Connection, inPortions } from "./tables.ts";

type Request = Parameters<Store["verdictTimes"]>[0];

/** Servers whose history is read at once, and its rows: other requests run in between. */
const SERVERS_PER_READ = 100;
const ROWS_PER_READ = 5_000;

/** One page of servers with the times of their verdicts; a server that HAProxy did not have within the range is left out. */
export async function readVerdictTimes(
  db: Connection,
  request: Request,
): Promise<{ rows: ServerTimes[]; next: string | null }> {
  const { from, to, now, cursor, limit, instance, backend } = request;
  const servers = await db
    .selectFrom("server")
    .selectAll()
    .where("key", ">", cursor ?? "")
    .$if(instance !== null, (query) => query.where("instance", "in", instance ?? []))
    .$if(backend !== null, (query) => query.where("backend", "in", backend ?? []))
    .orderBy("key")
    .limit(limit)
    .execute();
  const spans = groupSpans(await readSpans(db, { from, to, atMost: BOUNDS.historySpansMax }), now);
  const vantages = await db.selectFrom("vantage").select(["id", "site", "name as vantage"]).execute();
  const judgements = new Map<number, Judgement>();
  const times = new Map<number, VerdictTimes>();
  for (const portion of inPortions(servers, SERVERS_PER_READ)) {
    const ids = portion.map(({ id }) => id);
    for (const { id, ...vantage } of vantages) {
      const tallies = await tallyVantage(db, {
        ids,
        vantageId: id,
        from,
        to,
        spans: spansOf(spans, vantage),
        judgements,
      });
      for (const [serverId, tally] of tallies) times.set(serverId, addTimes(times.get(serverId), tally.finish()));
    }
  }
  const rows = servers.flatMap(({ id, site, instance: instanceName, backend: backendName, server }) => {
    const found = times.get(id);
    if (found === undefined) return [];
    return [{ server: { site, instance: instanceName, backend: backendName, server }, ...found }];
  });
  return { rows, next: servers.length < limit ? null : (servers.at(-1)?.key ?? null) };
}

/** The tallies of these servers in one vantage, in which something was judged until the end of the range. */
async function tallyVantage(
  db: Connection,
  parts: TimeRange & {
    readonly ids: readonly number[];
    readonly vantageId: number;
    readonly spans: readonly TimeRange[];
    readonly judgements: Map<number, Judgement>;
  },
): Promise<ReadonlyMap<number, VerdictTally>> {
  const { ids, vantageId, from, to, spans, judgements } = parts;
  const tallies = new Map<number, VerdictTally>();
  for await (const rows of readChanges(db, ids, vantageId, from, to)) {
    await readJudgements(
      db,
      rows.map((row) => row.judgement_id),
      judgements,
    );
    for (const { server_id, at, judgement_id } of rows) {
      const judgement = judgement_id === null ? null : (judgements.get(judgement_id) ?? null);
      let tally = tallies.get(server_id);
      // A removed server that did not come back has no time.
      if (tally === undefined && judgement === null) continue;
      if (tally === undefined) tallies.set(server_id, (tally = new VerdictTally({ from, to }, spans)));
      tally.add(at, judgement);
    }
  }
  return tallies;
}

/** What held of each server at `from`, then the changes of each in the order of time. */
async function* readChanges(
  db: Connection,
  ids: readonly number[],
  vantageId: number,
  from: number,
  to: number,
): AsyncGenerator<readonly { server_id: number; at: number; seq: number; judgement_id: number | null }[]> {
  const select = () =>
    db
      .selectFrom("verdict_history")
      .select(["server_id", "at", "seq", "judgement_id"])
      .where("vantage_id", "=", vantageId);
  const held = [];
  for (const id of ids) {
    const [row] = await select()
      .where("server_id", "=", id)
      .where("at", "<=", from)
      .orderBy("at", "desc")
      .orderBy("seq", "desc")
      .limit(1)
      .execute();
    if (row !== undefined) held.push(row);
  }
  yield held;
  for (let after = { server_id: -1, at: 0, seq: 0 }; ; ) {
    const rows = await select()
      .where("server_id", "in", ids)
      .where("at", ">", from)
      .where("at", "<", to)
      .where(({ eb, refTuple, tuple }) =>
        eb(refTuple("server_id", "at", "seq"), ">", tuple(after.server_id, after.at, after.seq)),
      )
      .orderBy("server_id")
      .orderBy("at")
      .orderBy("seq")
      .limit(ROWS_PER_READ)
      .execute();
    yield rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < ROWS_PER_READ) return;
    after = last;
  }
}

function addTimes(a: VerdictTimes | undefined, b: VerdictTimes): VerdictTimes {
  if (a === undefined) return b;
  const verdictMs = { ...a.verdictMs };
  for (const [verdict, ms = 0] of Object.entries(b.verdictMs)) verdictMs[verdict] = (verdictMs[verdict] ?? 0) + ms;
  const [notRecordedMs, falselyUpMs] = [a.notRecordedMs + b.notRecordedMs, a.falselyUpMs + b.falselyUpMs];
  return { verdictMs, notRecordedMs, falselyUpMs };
}
