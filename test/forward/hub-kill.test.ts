import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import type { Incident } from "../../server/contract/incident.ts";
import type { ServerStatus } from "../../server/contract/status.ts";
import type { HaprobeProcess } from "../support/haprobe-cli.ts";
import { POSTGRES_MISSING, startPostgres } from "../support/postgres.ts";
import { freePort } from "../support/real-haproxy.ts";
import { queryDatabase, readJson, startHub, startVantage, testVantage } from "../support/sites.ts";
import { COMMON_CHECKS, startTestBed } from "../support/test-bed.ts";

vi.setConfig({ testTimeout: 120_000 });

const WAIT = { timeout: 60_000, interval: 100 };

describe.skipIf(POSTGRES_MISSING !== null)(`a vantage and a hub${POSTGRES_MISSING ?? ""}`, () => {
  test("agree on every event after both were killed, and the hub has the incident once", async () => {
    await using postgres = await startPostgres();
    await using bed = await startTestBed({
      checks: { plainbare: COMMON_CHECKS.plainbare },
      servers: [
        { name: "good", mode: "healthy", plain: true },
        { name: "lying", mode: "healthy", plain: true },
      ],
    });
    await using folder = await mkdtempDisposable(join(tmpdir(), "haprobe-sites-"));
    const dir = folder.path;
    const config = await bed.writeConfigFile(["admin"], { every: "200ms" });
    const database = await postgres.createDatabase();
    const port = await freePort();
    const vantage = testVantage("cp-2");
    const hubOf = () => startHub({ dir, name: "hub-1", port, database, vantages: [vantage] });
    const vantageOf = () => startVantage({ dir, vantage, hubs: [`http://127.0.0.1:${port}`], config });

    let hub = await hubOf();
    let probe = await vantageOf();
    try {
      await expect.poll(() => verdictsOf(hub), WAIT).toMatchObject({ good: "agree-up", lying: "agree-up" });
      await hub.stop("SIGKILL");
      await bed.server("lying").setMode("etcd");
      await expect.poll(() => verdictsOf(probe), WAIT).toMatchObject({ lying: "false-up" });
      await probe.stop("SIGKILL");
      [hub, probe] = await Promise.all([hubOf(), vantageOf()]);
      await expect.poll(() => verdictsOf(hub), WAIT).toMatchObject({ good: "agree-up", lying: "false-up" });
      await expect
        .poll(() => incidentsOf(hub), WAIT)
        .toMatchObject([{ state: "open", members: [{ server: "lying" }] }]);
      await probe.stop("SIGKILL");
      await hub.stop("SIGKILL");
      const [{ doubled } = {}] = await queryDatabase(
        database,
        "SELECT count(*)::int - count(DISTINCT (vantage_id, seq))::int AS doubled FROM verdict_history",
      );
      expect(doubled).toBe(0);
      expect(await queryDatabase(database, "SELECT state FROM incident")).toEqual([{ state: "open" }]);
    } finally {
      await probe[Symbol.asyncDispose]();
      await hub[Symbol.asyncDispose]();
    }
  });
});

async function verdictsOf(haprobe: HaprobeProcess): Promise<Record<string, string>> {
  const { servers } = await readJson<{ servers: readonly ServerStatus[] }>(haprobe, "/api/v1/servers");
  return Object.fromEntries(servers.map(({ server, verdict }) => [server, verdict]));
}

async function incidentsOf(haprobe: HaprobeProcess): Promise<readonly Incident[]> {
  return (await readJson<{ incidents: readonly Incident[] }>(haprobe, "/api/v1/incidents")).incidents;
}
