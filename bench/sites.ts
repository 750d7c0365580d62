import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { systemClock } from "../server/clock.ts";
import type { Judgement, VerdictStored } from "../server/contract/store.ts";
import { IncidentReducer } from "../server/hub/incident-reducer.ts";
import { Ingest } from "../server/hub/ingest.ts";
import { TableTail } from "../server/hub/table-tail.ts";
import { VantageFleet } from "../server/hub/vantage-fleet.ts";
import { uuidV7 } from "../server/monitor/uuid.ts";
import { openStore } from "../server/store/open-store.ts";
import { POSTGRES_MISSING, startPostgres, type TestPostgres } from "../test/support/postgres.ts";
import { queryDatabase } from "../test/support/sites.ts";
import { type Measurement, percentile, summarize } from "./measurement.ts";
import { type Section, SectionSkipped } from "./section.ts";

const SERVERS_EACH = 500;
/** Of these both vantages of a site say that they fail, and heal, in turn. */
const FAILING_EACH = 5;
/** Kernel ticks a second, as /proc counts CPU time. */
const TICKS = 100;

/** Events of 100 vantages into one PostgreSQL, one in a hundred about a fault, and how late a hub that follows the tables and reduces incidents has them. */
export const sites: Section = {
  title: "Sites",
  async run({ pushes }, say) {
    if (POSTGRES_MISSING !== null) throw new SectionSkipped(`sites${POSTGRES_MISSING}`);
    await using postgres = await startPostgres({ isDurable: true });
    const [count, seconds] = pushes >= 10 ? [100, 20] : pushes >= 4 ? [100, 3] : [2, 1];
    const cases = [];
    for (const perSecond of [100, 10_000]) {
      say(`sites: ${perSecond.toLocaleString("en")} events a second`);
      const situation = `${count} vantages, ${perSecond.toLocaleString("en")} events a second`;
      cases.push({ situation, figures: await measure(postgres, count, perSecond, seconds) });
    }
    return cases;
  },
};

async function measure(
  postgres: TestPostgres,
  vantageCount: number,
  perSecond: number,
  seconds: number,
): Promise<Measurement[]> {
  const url = await postgres.createDatabase();
  const [writer, reader] = await Promise.all([
    openStore({ kind: "postgres", url }),
    openStore({ kind: "postgres", url }),
  ]);
  const sentAt = new Map<string, number>();
  const lags: number[] = [];
  const fleet = new VantageFleet((key) => {
    const at = sentAt.get(key);
    if (at !== undefined) lags.push(performance.now() - at);
    sentAt.delete(key);
  });
  const tail = new TableTail({ store: reader, fleet, clock: systemClock, onIncidents: () => {}, onRead: () => {} });
  const reducer = new IncidentReducer({
    store: reader,
    clock: systemClock,
    holder: "bench",
    createId: uuidV7,
    plan: () => ({ outbox: [], timers: [] }),
    onTimersStored: () => {},
    onStoreFailure: (error) => {
      throw error;
    },
  });
  const ingest = new Ingest({ store: writer, clock: systemClock, onApplied: () => {} });
  const vantages = Array.from({ length: vantageCount }, (_, index) => new SampleVantage(index));
  const each = Math.min(100, perSecond / vantageCount);
  const commits: number[] = [];
  const sendAll = async (count: number): Promise<void> => {
    await Promise.all(
      vantages.map(async (vantage, index) => {
        // Vantages do not send at one moment.
        await pause((index * 1_000) / vantageCount);
        const began = performance.now();
        const { request, keys } = vantage.next(count);
        for (const key of keys) sentAt.set(key, began);
        const outcome = await ingest.ingest(request, vantage.name);
        if (outcome.kind !== "applied") throw new Error(`a batch was not applied: ${outcome.kind}`);
        commits.push(performance.now() - began);
      }),
    );
  };
  // Every server once, so that dictionaries are filled.
  for (let n = 0; n < SERVERS_EACH; n += 100) await sendAll(Math.min(100, vantageCount));
  tail.start();
  reducer.start();
  await pause(vantageCount * 30);
  lags.length = 0;
  commits.length = 0;
  const before = await readCosts(postgres, url);
  const began = performance.now();
  for (let n = 0; n < seconds; n += 1) await Promise.all([sendAll(each), pause(1_000)]);
  const elapsed = (performance.now() - began) / 1_000;
  await pause(1_500);
  const after = await readCosts(postgres, url);
  const [waiting] = await queryDatabase(
    url,
    "SELECT count(*)::int AS count FROM timer WHERE kind = 'merge' AND due_at < extract(epoch FROM clock_timestamp()) * 1000 - 2000",
  );
  const [incidents] = await queryDatabase(url, "SELECT coalesce(sum(version), 0)::int AS count FROM incident");
  await tail.stop();
  await reducer.stop();
  await Promise.all([writer.close(), reader.close()]);
  const events = each * vantageCount * seconds;
  return [
    summarize("events that were applied", "/s", [events / elapsed]),
    summarize("commit, p50", "ms", [percentile(commits, 0.5)]),
    summarize("commit, p95", "ms", [percentile(commits, 0.95)]),
    summarize("until a hub has it, p50", "ms", [percentile(lags, 0.5)]),
    summarize("until a hub has it, p95", "ms", [percentile(lags, 0.95)], "1,000 ms"),
    summarize("versions of incidents that were written", "", [Number(incidents?.["count"])]),
    summarize("faults that wait to be merged for more than 2 s", "", [Number(waiting?.["count"])], "0"),
    summarize("CPU of PostgreSQL", "%", [((after.postgresMs - before.postgresMs) / elapsed / 1_000) * 100]),
    summarize("CPU of the hub", "%", [((after.ownMs - before.ownMs) / elapsed / 1_000) * 100]),
    summarize("WAL of an event", "kB", [(after.walBytes - before.walBytes) / events / 1_024]),
  ];
}

/** A vantage whose servers change in turn. */
class SampleVantage {
  readonly name: { readonly site: string; readonly vantage: string };
  readonly #logId = randomUUID();
  #seq = 0;

  constructor(index: number) {
    this.name = { site: `site-${Math.floor(index / 2)}`, vantage: `vantage-${index}` };
  }

  next(count: number) {
    const firstSeq = this.#seq + 1;
    const at = Date.now();
    const events = Array.from({ length: count }, (): VerdictStored => {
      this.#seq += 1;
      const n = this.#seq % SERVERS_EACH;
      const server = {
        site: this.name.site,
        instance: n < FAILING_EACH ? `lb-${this.name.site}` : this.name.vantage,
        backend: `be-${n % 20}`,
        server: `s-${n}`,
      };
      const address = { network: "default", host: `10.0.${n >> 8}.${n & 255}`, port: 443 };
      const isOdd = Math.floor(this.#seq / SERVERS_EACH) % 2 === 1;
      const isFailing = isOdd && n < FAILING_EACH;
      const subject = `10.0.${n >> 8}.${n & 255}:443`;
      const judgement = isFailing ? { ...FALSE_UP, subject } : { ...JUDGEMENT, httpStatus: isOdd ? 204 : 200 };
      return { type: "verdict-changed", seq: this.#seq, at, server, address, judgement, beganAt: at, body: null };
    });
    const position = {
      ...this.name,
      logId: this.#logId,
      writer: this.#logId,
      takesOver: false,
      firstSeq,
      lastSeq: this.#seq,
      sentAt: at,
    };
    const keys = events.map(({ server }) => `${server.instance}/${server.backend}/${server.server}`);
    return { request: { version: 1, position, events, hasGap: false } as const, keys };
  }
}

const JUDGEMENT: Judgement = {
  verdict: "agree-up",
  phase: null,
  reason: null,
  probeReason: null,
  haproxyStatus: "UP",
  checkStatus: "L7OK",
  checkCode: 200,
  probeOutcome: "passed",
  httpStatus: 200,
  sentence: "HAProxy says UP (L7OK); /healthz answers 200",
  tone: "ok",
  subject: null,
  expected: false,
};

const FALSE_UP: Judgement = {
  ...JUDGEMENT,
  verdict: "false-up",
  phase: "confirmed",
  reason: "probe-answered-unhealthy",
  probeReason: "probe-answered-unhealthy",
  probeOutcome: "failed",
  httpStatus: 500,
  sentence: "HAProxy says UP (L7OK); /healthz answers 500",
  tone: "critical",
};

async function readCosts(postgres: TestPostgres, url: string) {
  const [row] = await queryDatabase(url, "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::float8 AS bytes");
  const { user, system } = process.cpuUsage();
  const ticks = postgres.pids().reduce((sum, pid) => sum + readTicks(pid), 0);
  return { walBytes: Number(row?.["bytes"]), ownMs: (user + system) / 1_000, postgresMs: (ticks / TICKS) * 1_000 };
}

/** CPU time of a process, which may have ended. */
function readTicks(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
    return Number(fields[11]) + Number(fields[12]);
  } catch {
    return 0;
  }
}
