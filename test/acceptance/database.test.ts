import { cp, mkdtempDisposable, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "kysely";
import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { MIGRATION_LOCK, openPostgres } from "../../server/store/open-postgres.ts";
import type { Incident } from "../../server/contract/incident.ts";
import { type HaprobeProcess, startHaprobe } from "../support/haprobe-cli.ts";
import { POSTGRES_MISSING, startPostgres, type TestPostgres } from "../support/postgres.ts";
import { COMMON_CHECKS, startTestBed, type TestBed } from "../support/test-bed.ts";

// An incident heals for ten seconds before it ends.
vi.setConfig({ testTimeout: 120_000 });

const WAIT = { timeout: 60_000, interval: 100 };

describe.skipIf(POSTGRES_MISSING !== null)(`haprobe on PostgreSQL${POSTGRES_MISSING ?? ""}`, () => {
  let postgres: TestPostgres;
  let bed: TestBed;
  let config: string;
  beforeAll(async () => {
    postgres = await startPostgres();
    bed = await startTestBed({
      checks: { plainbare: COMMON_CHECKS.plainbare },
      servers: [
        { name: "good", mode: "healthy", plain: true },
        { name: "lying", mode: "healthy", plain: true },
      ],
    });
    config = await bed.writeConfigFile(["admin"], { every: "200ms" });
  });
  afterAll(async () => {
    await bed?.[Symbol.asyncDispose]();
    await postgres?.[Symbol.asyncDispose]();
  });

  let state: Awaited<ReturnType<typeof mkdtempDisposable>>;
  let url: string;
  beforeEach(async () => {
    state = await mkdtempDisposable(join(tmpdir(), "haprobe-database-"));
    url = await postgres.createDatabase();
    await bed.server("lying").setMode("healthy");
  });
  afterEach(() => state.remove());

  const serve = async (dataDir = "data"): Promise<HaprobeProcess> => {
    const file = join(bed.dir, "database.yaml");
    await writeFile(file, `database: ${JSON.stringify(url)}\n${await readFile(config, "utf8")}`);
    return startHaprobe(["--config", file, "--data-dir", join(state.path, dataDir)]);
  };

  test.each(["stopped and started", "suspended"])(
    "that is %s during an incident loses nothing of it, and delays no verdict",
    async (how) => {
      await using haprobe = await serve();
      await expect.poll(() => verdictsOf(haprobe), WAIT).toEqual({ good: "agree-up", lying: "agree-up" });
      await expect.poll(() => metric(haprobe, 'haprobe_store_queued{kind="event"}'), WAIT).toBe(0);

      if (how === "suspended") postgres.freeze(true);
      else await postgres.kill();
      try {
        await bed.server("lying").setMode("etcd");
        await expect.poll(() => incidentsOf(haprobe), WAIT).toMatchObject([{ state: "open" }]);
        await expect.poll(() => read(haprobe, "/api/v1/findings"), WAIT).toContain('"store-behind"');
        await bed.server("lying").setMode("healthy");
        await expect.poll(() => incidentsOf(haprobe), WAIT).toMatchObject([{ state: "ended" }]);
        expect(await read(haprobe, "/readyz")).toContain("readyz check passed");
      } finally {
        if (how === "suspended") postgres.freeze(false);
        else await postgres.start();
      }

      await expect.poll(() => metric(haprobe, 'haprobe_store_queued{kind="incident"}'), WAIT).toBe(0);
      await expect.poll(() => read(haprobe, "/api/v1/findings"), WAIT).not.toContain('"store-behind"');
      for (const kind of ["event", "incident", "message"]) {
        expect(await metric(haprobe, `haprobe_store_dropped_total{kind="${kind}"}`)).toBe(0);
      }
      expect(await haprobe.stop()).toBe(0);
      expect(await query(url, "SELECT state FROM incident")).toEqual([{ state: "ended" }]);
      const verdicts = await query(
        url,
        `SELECT verdict, phase FROM verdict_history JOIN server ON server.id = server_id
         JOIN judgement ON judgement.id = judgement_id WHERE server = 'lying' ORDER BY seq`,
      );
      const said = verdicts.map(({ verdict, phase }) => `${String(verdict)} ${String(phase)}`);
      expect(said).toContain("false-up confirmed");
      expect(said.at(-1)).toBe("agree-up null");
    },
  );

  test("goes on with a haprobe whose data directory is new, or comes back after another one was used", async () => {
    for (const dataDir of ["first", "second", "first"]) {
      await using haprobe = await serve(dataDir);
      await expect.poll(() => verdictsOf(haprobe), WAIT).toEqual({ good: "agree-up", lying: "agree-up" });
      await expect
        .poll(() => metric(haprobe, 'haprobe_store_commits_total{result="applied"}'), WAIT)
        .toBeGreaterThan(0);
      expect(await metric(haprobe, 'haprobe_store_commits_total{result="superseded"}')).toBeNaN();
      expect(await haprobe.stop()).toBe(0);
    }
    expect(await query(url, "SELECT count(*)::int AS logs FROM vantage_log")).toEqual([{ logs: 3 }]);
    // The same verdicts, whichever directory was used.
    const rows = await query(
      url,
      `SELECT verdict FROM verdict_history JOIN judgement ON judgement.id = judgement_id
       JOIN server ON server.id = server_id WHERE server = 'good' AND verdict <> 'unknown'`,
    );
    expect(rows).toEqual([{ verdict: "agree-up" }]);
  });

  test("belongs to the later of two haprobes with copies of one data directory; the earlier one is told", async () => {
    const applied = (haprobe: HaprobeProcess) => metric(haprobe, 'haprobe_store_commits_total{result="applied"}');
    await using first = await serve("first");
    await expect.poll(() => applied(first), WAIT).toBeGreaterThan(0);
    await cp(join(state.path, "first"), join(state.path, "copy"), { recursive: true });
    await using second = await serve("copy");
    await expect.poll(() => applied(second), WAIT).toBeGreaterThan(0);
    await expect.poll(() => metric(first, 'haprobe_store_commits_total{result="superseded"}'), WAIT).toBeGreaterThan(0);
    const before = await applied(second);
    await expect.poll(() => applied(second), WAIT).toBeGreaterThan(before);
    expect(await metric(second, 'haprobe_store_commits_total{result="superseded"}')).toBeNaN();
  });

  test("whose schema another haprobe changes is waited for longer than for a row", async () => {
    const database = openPostgres(url);
    const other = new pg.Client(url);
    await other.connect();
    try {
      await other.query("BEGIN");
      await other.query(`SELECT pg_advisory_xact_lock(${MIGRATION_LOCK})`);
      const locked = database.db.transaction().execute(async (trx) => {
        await sql`SET LOCAL lock_timeout = '1ms'`.execute(trx);
        await database.lockForMigration(trx);
        return sql`SHOW lock_timeout`.execute(trx);
      });
      locked.catch(() => {});
      // It waits for longer than the limit of before.
      const waiting = `SELECT FROM pg_stat_activity
        WHERE wait_event = 'advisory' AND clock_timestamp() - query_start > interval '50 ms'`;
      await expect.poll(() => query(url, waiting), WAIT).toHaveLength(1);
      await other.query("COMMIT");
      expect((await locked).rows).toEqual([{ lock_timeout: "5s" }]);
    } finally {
      await other.end();
      await database.close();
    }
  });

  describe("that is down when haprobe starts", () => {
    /** Runs haprobe until an incident is stored, and kills it. */
    async function leaveIncident(): Promise<Incident> {
      await using haprobe = await serve();
      await bed.server("lying").setMode("etcd");
      await expect.poll(() => incidentsOf(haprobe), WAIT).toMatchObject([{ state: "open" }]);
      await expect.poll(() => query(url, "SELECT state FROM incident"), WAIT).toEqual([{ state: "open" }]);
      const [incident] = await incidentsOf(haprobe);
      await haprobe.stop("SIGKILL");
      return incident as Incident;
    }

    test("goes on with what is in it once it is back: an incident that is over ends", async () => {
      const left = await leaveIncident();
      await postgres.kill();
      await bed.server("lying").setMode("healthy");
      await using haprobe = await serve();
      await expect.poll(() => read(haprobe, "/readyz"), WAIT).toContain("Nothing outlives a restart");
      await expect.poll(() => verdictsOf(haprobe), WAIT).toEqual({ good: "agree-up", lying: "agree-up" });
      expect(await incidentsOf(haprobe)).toEqual([]);
      await postgres.start();
      await expect
        .poll(() => incidentsOf(haprobe), WAIT)
        .toMatchObject([{ id: left.id, state: "ended", end: "agreed" }]);
      await expect.poll(() => query(url, "SELECT state FROM incident"), WAIT).toEqual([{ state: "ended" }]);
    });

    test("has one open incident for a fault that still lasts: the one of before ends", async () => {
      const left = await leaveIncident();
      await postgres.kill();
      await using haprobe = await serve();
      await expect.poll(() => incidentsOf(haprobe), WAIT).toMatchObject([{ state: "open" }]);
      const [anew] = await incidentsOf(haprobe);
      await postgres.start();
      await expect
        .poll(() => query(url, "SELECT id, state FROM incident ORDER BY confirmed_at"), WAIT)
        .toEqual([
          { id: left.id, state: "ended" },
          { id: anew?.id, state: "open" },
        ]);
      await expect
        .poll(() => incidentsOf(haprobe), WAIT)
        .toMatchObject([
          { id: anew?.id, state: "open" },
          { id: left.id, state: "ended", end: "no-longer-judged" },
        ]);
    });
  });
});

async function read({ url }: HaprobeProcess, path: string): Promise<string> {
  return (await fetch(url + path)).text();
}

async function metric(haprobe: HaprobeProcess, series: string): Promise<number> {
  const line = (await read(haprobe, "/metrics")).split("\n").find((each) => each.startsWith(`${series} `));
  return Number(line?.slice(series.length));
}

async function incidentsOf(haprobe: HaprobeProcess): Promise<readonly Incident[]> {
  return (JSON.parse(await read(haprobe, "/api/v1/incidents")) as { incidents: Incident[] }).incidents;
}

async function verdictsOf(haprobe: HaprobeProcess): Promise<Readonly<Record<string, string>>> {
  const text = await read(haprobe, "/api/v1/servers?backend=plainbare");
  const { servers } = JSON.parse(text) as { servers: { server: string; verdict: string }[] };
  return Object.fromEntries(servers.map(({ server, verdict }) => [server, verdict]));
}

async function query(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client(url);
  client.on("error", () => {});
  try {
    await client.connect();
    return (await client.query(text)).rows as Record<string, unknown>[];
  } finally {
    await client.end().catch(() => {});
  }
}
