import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { Incident } from "../../server/contract/incident.ts";
import { type HaprobeProcess, startHaprobe } from "../support/haprobe-cli.ts";
import { haproxyBinaries } from "../support/real-haproxy.ts";
import { COMMON_CHECKS, startTestBed, type TestBed } from "../support/test-bed.ts";

// An incident heals for ten seconds before it ends.
vi.setConfig({ testTimeout: 120_000 });

const WAIT = { timeout: 40_000, interval: 100 };

describe.each(haproxyBinaries())("$name: haprobe that is killed and started again", ({ binary }) => {
  let bed: TestBed;
  let config: string;
  beforeAll(async () => {
    bed = await startTestBed({
      binary,
      checks: { plainbare: COMMON_CHECKS.plainbare },
      servers: [
        { name: "good", mode: "healthy", plain: true },
        { name: "lying", mode: "healthy", plain: true },
      ],
    });
    config = await bed.writeConfigFile(["admin"], { every: "200ms" });
  });
  afterAll(() => bed?.[Symbol.asyncDispose]());

  test("during an incident, and again during its end, goes on with it under its id, and nothing is doubled", async () => {
    await using state = await mkdtempDisposable(join(tmpdir(), "haprobe-restart-"));
    const folder = state.path;
    const serve = (): Promise<HaprobeProcess> => startHaprobe(["--config", config, "--data-dir", folder]);
    const lying = bed.server("lying");

    const first = await serve();
    await expect.poll(() => verdictsOf(first), WAIT).toEqual({ good: "agree-up", lying: "agree-up" });
    await lying.setMode("etcd");
    await expect.poll(() => incidentsOf(first), WAIT).toMatchObject([{ state: "open" }]);
    const [opened] = await incidentsOf(first);
    await expect.poll(() => storedIncidents(folder), WAIT).toMatchObject([{ id: opened?.id, state: "open" }]);
    await first.stop("SIGKILL");

    const second = await serve();
    // Known before anything was probed again.
    expect(await incidentsOf(second)).toMatchObject([{ id: opened?.id, state: "open" }]);
    await expect.poll(() => verdictsOf(second), WAIT).toMatchObject({ lying: "false-up" });
    await lying.setMode("healthy");
    await expect.poll(() => storedIncidents(folder), WAIT).toMatchObject([{ id: opened?.id, state: "healing" }]);
    await second.stop("SIGKILL");

    await using third = await serve();
    await expect.poll(() => incidentsOf(third), WAIT).toMatchObject([{ id: opened?.id, state: "ended" }]);
    const [ended] = await incidentsOf(third);
    expect(ended).toMatchObject({ confirmedAt: opened?.confirmedAt, suspectedAt: opened?.suspectedAt, end: "agreed" });
    const what = ended?.changes.map((change) => change.what);
    expect(what?.filter((word) => word === "confirmed" || word === "ended")).toEqual(["confirmed", "ended"]);
    expect(what?.filter((word) => word === "resumed")).toHaveLength(2);
    expect(await third.stop()).toBe(0);

    expect(storedIncidents(folder)).toMatchObject([{ id: opened?.id, state: "ended" }]);
    const seqs = logOf(folder).map(({ seq }) => seq);
    expect(seqs).toEqual(seqs.map((_, index) => index + 1));
    expect(logOf(folder).filter(({ type }) => type === "started")).toHaveLength(3);
    expect(logOf(folder).at(-1)?.type).toBe("stopped");
    // A server that did not change has one verdict, whatever became of haprobe.
    const good = logOf(folder).filter(
      (event) => event.server?.server === "good" && event.judgement.verdict !== "unknown",
    );
    expect(good.map(({ judgement }) => judgement.verdict)).toEqual(["agree-up"]);
  });
});

async function incidentsOf({ url }: HaprobeProcess): Promise<readonly Incident[]> {
  const response = await fetch(`${url}/api/v1/incidents`);
  return ((await response.json()) as { incidents: Incident[] }).incidents;
}

async function verdictsOf({ url }: HaprobeProcess): Promise<Readonly<Record<string, string>>> {
  const response = await fetch(`${url}/api/v1/servers?backend=plainbare`);
  const { servers } = (await response.json()) as { servers: { server: string; verdict: string }[] };
  return Object.fromEntries(servers.map(({ server, verdict }) => [server, verdict]));
}

function readRows(folder: string, query: string): readonly Readonly<Record<string, unknown>>[] {
  const database = new DatabaseSync(join(folder, "haprobe.db"), { readOnly: true });
  try {
    return database.prepare(query).all();
  } finally {
    database.close();
  }
}

function storedIncidents(folder: string): readonly Readonly<Record<string, unknown>>[] {
  return readRows(folder, "SELECT id, state FROM incident").map((row) => ({ ...row }));
}

interface LoggedEvent {
  readonly seq: number;
  readonly type: string;
  readonly server?: { readonly server: string };
  readonly judgement: { readonly verdict: string };
}

function logOf(folder: string): readonly LoggedEvent[] {
  return readRows(folder, "SELECT body FROM log ORDER BY seq").map(
    ({ body }) => JSON.parse(String(body)) as LoggedEvent,
  );
}
