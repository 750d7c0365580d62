import { mkdtempDisposable, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";
import { expect, test, vi } from "vitest";
import type { Incident } from "../../server/contract/incident.ts";
import { type HaprobeProcess, startHaprobe } from "../support/haprobe-cli.ts";
import { POSTGRES_MISSING, startPostgres } from "../support/postgres.ts";
import { COMMON_CHECKS, startTestBed } from "../support/test-bed.ts";

vi.setConfig({ testTimeout: 300_000 });

const OUTAGE_MS = 60_000;
const WAIT = { timeout: 60_000, interval: 100 };

test.skipIf(POSTGRES_MISSING !== null)(
  "a minute without PostgreSQL loses no incident, no message and no change of a verdict",
  async () => {
    await using postgres = await startPostgres();
    await using bed = await startTestBed({
      checks: { plainbare: COMMON_CHECKS.plainbare },
      servers: [
        { name: "good", mode: "healthy", plain: true },
        { name: "lying", mode: "healthy", plain: true },
        { name: "later", mode: "healthy", plain: true },
      ],
    });
    await using state = await mkdtempDisposable(join(tmpdir(), "haprobe-outage-"));
    const url = await postgres.createDatabase();
    const config = join(bed.dir, "outage.yaml");
    const admin = await readFile(await bed.writeConfigFile(["admin"], { every: "200ms" }), "utf8");
    // Nothing listens there, so that every message waits.
    const webhook = "alerts:\n  channels:\n    - {name: chat, webhook: {url: http://127.0.0.1:9/}}\n";
    await writeFile(config, `database: ${JSON.stringify(url)}\n${webhook}${admin}`);
    await using haprobe = await startHaprobe(["--config", config, "--data-dir", join(state.path, "data")]);
    const stateOf = async () => (await incidentsOf(haprobe)).map((incident) => incident.state).toSorted();
    await expect.poll(() => incidentsOf(haprobe), WAIT).toEqual([]);
    await expect.poll(() => metric(haprobe, 'haprobe_store_queued{kind="event"}'), WAIT).toBe(0);

    await postgres.kill();
    const until = performance.now() + OUTAGE_MS;
    await bed.server("lying").setMode("etcd");
    await expect.poll(stateOf, WAIT).toEqual(["open"]);
    await bed.server("lying").setMode("healthy");
    await expect.poll(stateOf, WAIT).toEqual(["ended"]);
    await bed.server("later").setMode("etcd");
    await expect.poll(stateOf, WAIT).toEqual(["ended", "open"]);
    await pause(until - performance.now());
    await postgres.start();

    await expect.poll(() => metric(haprobe, 'haprobe_store_queued{kind="incident"}'), WAIT).toBe(0);
    await expect.poll(() => metric(haprobe, 'haprobe_store_queued{kind="message"}'), WAIT).toBe(0);
    for (const kind of ["event", "incident", "message"]) {
      expect(await metric(haprobe, `haprobe_store_dropped_total{kind="${kind}"}`)).toBe(0);
    }
    // The one about the incident that lasts, after the wait of its group.
    await expect.poll(() => query(url, "SELECT kind FROM outbox"), WAIT).not.toEqual([]);
    const shown = (await incidentsOf(haprobe)).map(({ id, state: kind }) => ({ id, state: kind }));
    expect(await haprobe.stop()).toBe(0);
    const stored = await query(url, "SELECT id, state FROM incident ORDER BY confirmed_at DESC");
    expect(stored).toEqual(shown);
    for (const server of ["lying", "later"]) {
      const verdicts = await query(
        url,
        `SELECT verdict, phase FROM verdict_history JOIN server ON server.id = server_id
         JOIN judgement ON judgement.id = judgement_id WHERE server = '${server}' ORDER BY seq`,
      );
      expect(verdicts).toContainEqual({ verdict: "false-up", phase: "confirmed" });
    }
  },
);

async function incidentsOf({ url }: HaprobeProcess): Promise<readonly Incident[]> {
  return ((await (await fetch(`${url}/api/v1/incidents`)).json()) as { incidents: Incident[] }).incidents;
}

async function metric({ url }: HaprobeProcess, series: string): Promise<number> {
  const lines = (await (await fetch(`${url}/metrics`)).text()).split("\n");
  return Number(lines.find((line) => line.startsWith(`${series} `))?.slice(series.length));
}

async function query(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return (await client.query(text)).rows as Record<string, unknown>[];
  } finally {
    await client.end();
  }
}
