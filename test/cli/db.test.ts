import { mkdtempDisposable, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { openStore, type StoreLocation } from "../../server/store/open-store.ts";
import { batchOf, incident, incidentWrite, T0, verdict } from "../store/sample-batches.ts";
import { runHaprobe } from "../support/haprobe-cli.ts";
import { storeEngines } from "../support/store-engines.ts";

const engines = storeEngines();
const postgres = engines.find(({ name }) => name === "PostgreSQL")!;
afterAll(() => postgres.end());

async function fill(location: StoreLocation): Promise<void> {
  const store = await openStore(location);
  const started = { type: "started", seq: 1, at: T0, heardBefore: null } as const;
  await store.commit({ ...batchOf([started, verdict(2)]), incidents: [incidentWrite(incident())] });
  await store.close();
}

describe("haprobe db, with SQLite", () => {
  test("info says what is kept, while haprobe may run", async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), "haprobe-db-"));
    await fill({ kind: "sqlite", directory: folder.path });
    const running = await openStore({ kind: "sqlite", directory: folder.path });
    const { stdout, code } = await runHaprobe(["db", "info", "--data-dir", folder.path]);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^database: +\S+haprobe\.db\nsize: +\d+\.\d MiB\nschema: +version \d+\nservers: +1\nchanges: +1\n/,
    );
    const json = await runHaprobe(["db", "info", "--json", "--data-dir", folder.path]);
    expect(JSON.parse(json.stdout)).toMatchObject({
      rows: { servers: 1, changes: 1, incidents: 1, notifications: 0 },
      oldestAt: new Date(T0).toISOString(),
    });
    await running.close();
  });

  test("backup writes a copy that opens, and overwrites nothing", async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), "haprobe-db-"));
    await using other = await mkdtempDisposable(join(tmpdir(), "haprobe-db-"));
    await fill({ kind: "sqlite", directory: folder.path });
    const target = join(other.path, "haprobe.db");
    const args = ["db", "backup", target, "--data-dir", folder.path];
    expect(await runHaprobe(args)).toMatchObject({ code: 0, stdout: `${target}: written\n` });
    const copy = await openStore({ kind: "sqlite", directory: other.path });
    expect(await copy.incident(incident().id)).toEqual(incident());
    await copy.close();
    expect(await runHaprobe(args)).toMatchObject({ code: 1, stderr: expect.stringContaining("exists already") });
  });

  test("check finds a damaged file", async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), "haprobe-db-"));
    await fill({ kind: "sqlite", directory: folder.path });
    const args = ["db", "check", "--data-dir", folder.path];
    expect(await runHaprobe(args)).toMatchObject({ code: 0, stdout: expect.stringContaining(": ok") });
    await truncate(join(folder.path, "haprobe.db"), 20_000);
    expect(await runHaprobe(args)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("HAPROBE_STORE_DAMAGED"),
    });
  });

  test("says where there is nothing", async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), "haprobe-db-"));
    const none = await runHaprobe(["db", "info", "--data-dir", "none"]);
    expect(none).toMatchObject({ code: 78, stderr: expect.stringContaining("no data directory") });
    const empty = await runHaprobe(["db", "info", "--data-dir", folder.path]);
    expect(empty).toMatchObject({ code: 1, stderr: expect.stringContaining("cannot be opened") });
  });
});

test.skipIf(postgres.missing !== null)(
  `haprobe db knows what PostgreSQL holds, and leaves copies to pg_dump${postgres.missing ?? ""}`,
  async () => {
    await using database = await postgres.createDatabase();
    await using folder = await mkdtempDisposable(join(tmpdir(), "haprobe-db-"));
    await fill(database.location);
    const config = join(folder.path, "haprobe.yaml");
    await writeFile(config, `database: ${JSON.stringify("url" in database.location ? database.location.url : "")}\n`);
    const info = await runHaprobe(["db", "info", "--config", config]);
    expect(info.stdout).toMatch(/^database: +PostgreSQL\n[^]*incidents: +1\n/);
    const backup = await runHaprobe(["db", "backup", join(folder.path, "copy"), "--config", config]);
    expect(backup).toMatchObject({ code: 1, stderr: expect.stringContaining("pg_dump") });
    expect(await runHaprobe(["db", "check", "--config", config])).toMatchObject({ code: 0 });
  },
);
