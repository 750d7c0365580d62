import { spawnSync } from "node:child_process";
import { mkdir, mkdtempDisposable, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { startHaprobe, type HaprobeProcess, runHaprobe } from "../support/haprobe-cli.ts";
import { type RealHaproxy, startHaproxy } from "../support/real-haproxy.ts";
import { mountMissing, mountTmpfs } from "../support/small-disk.ts";

// A store that is away is tried again after up to half a minute.
vi.setConfig({ testTimeout: 120_000 });

const MOUNT_MISSING = mountMissing();
const WAIT = { timeout: 30_000, interval: 100 };

let haproxy: RealHaproxy;
beforeAll(async () => {
  haproxy = await startHaproxy({ config: "backend be\n  mode http\n  server s1 127.0.0.1:1\n" });
});
afterAll(() => haproxy.stop());

let parent: Awaited<ReturnType<typeof mkdtempDisposable>>;
let folder: string;
beforeEach(async () => {
  parent = await mkdtempDisposable(join(tmpdir(), "haprobe-state-"));
  folder = join(parent.path, "state");
});
afterEach(() => parent.remove());

function serve(): Promise<HaprobeProcess> {
  return startHaprobe(["--haproxy", `unix:${haproxy.adminSocket}`, "--data-dir", folder]);
}

/** Runs haprobe once, so that the directory holds a database. */
async function fill(): Promise<void> {
  await using haprobe = await serve();
  await expect.poll(() => read(haprobe, "/metrics"), WAIT).toMatch(/^haprobe_store_commits_total\{result="applied"\}/m);
  expect(await haprobe.stop()).toBe(0);
}

async function read({ url }: HaprobeProcess, path: string): Promise<string> {
  return (await fetch(url + path)).text();
}

/** Waits until a finding says that nothing is kept, and until polls and verdicts have gone on; gives `/readyz`. */
async function remarksWithoutMemory(haprobe: HaprobeProcess): Promise<string> {
  await expect.poll(() => read(haprobe, "/api/v1/findings"), WAIT).toMatch(/"store-(unavailable|behind)"/);
  await expect.poll(() => read(haprobe, "/api/v1/servers"), WAIT).toMatch(/"probeReason":"probe-refused"/);
  const polls = async (): Promise<number> =>
    Number(/^haprobe_polls_total\{.*result="ok"\} (\d+)/m.exec(await read(haprobe, "/metrics"))?.[1] ?? 0);
  const before = await polls();
  await expect.poll(polls, WAIT).toBeGreaterThan(before + 1);
  const reads = async (): Promise<string> => read(haprobe, "/readyz");
  await expect.poll(reads, WAIT).not.toContain("the store is not open yet");
  const text = await reads();
  expect(text).toContain("readyz check passed");
  return text;
}

describe("a service goes on without memory, and says so, where the data directory", () => {
  test("has a database with rows that no haprobe wrote", async () => {
    await fill();
    const database = new DatabaseSync(join(folder, "haprobe.db"));
    database.exec("UPDATE vantage SET status = '{'");
    database.close();
    await using haprobe = await serve();
    await remarksWithoutMemory(haprobe);
    expect(await haprobe.stop()).toBe(0);
  });

  test("has a file in its place", async () => {
    await writeFile(folder, "");
    await using haprobe = await serve();
    expect(await remarksWithoutMemory(haprobe)).toMatch(
      /remark: Nothing outlives a restart: the data directory .*state cannot be used: EEXIST/,
    );
    expect(haprobe.log()).toContain('"event":"store-unavailable","code":"HAPROBE_STORE_UNWRITABLE"');
  });

  test("has data of a newer version", async () => {
    await fill();
    const database = new DatabaseSync(join(folder, "haprobe.db"));
    database.exec("UPDATE meta SET value = '999' WHERE key = 'schema-version'");
    database.close();
    await using haprobe = await serve();
    expect(await remarksWithoutMemory(haprobe)).toMatch(/the data has schema version 999/);
    expect(haprobe.log()).toContain('"code":"HAPROBE_STORE_NEWER"');
  });

  test("has a database that was cut in the middle", async () => {
    await fill();
    const file = join(folder, "haprobe.db");
    await truncate(file, Math.floor((await stat(file)).size / 2));
    await using haprobe = await serve();
    expect(await remarksWithoutMemory(haprobe)).toMatch(/is damaged/);
  });

  test("has a database that another program has locked, until it is free", async () => {
    await fill();
    const other = new DatabaseSync(join(folder, "haprobe.db"));
    other.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
    await using haprobe = await serve();
    expect(await remarksWithoutMemory(haprobe)).toMatch(/is locked by another process/);
    other.close();
    await expectRecording(haprobe);
  });

  test.skipIf(MOUNT_MISSING !== null)("is on a file system that is read-only, until it is not", async () => {
    await fill();
    await using mount = mountTmpfs(parent.path, "size=4m");
    mount.remount("ro");
    await using haprobe = await serve();
    expect(await remarksWithoutMemory(haprobe)).toMatch(/cannot be used/);
    mount.remount("rw");
    await expectRecording(haprobe);
    await haprobe.stop();
  });

  test.skipIf(MOUNT_MISSING !== null)("is on a full disk, until there is room", async () => {
    await using mount = mountTmpfs(parent.path, "size=1m");
    const ballast = join(parent.path, "ballast");
    spawnSync("dd", ["if=/dev/zero", `of=${ballast}`, "bs=64k"]);
    await using haprobe = await serve();
    expect(await remarksWithoutMemory(haprobe)).toMatch(/ENOSPC|disk is full/);
    await truncate(ballast, 0);
    await expectRecording(haprobe);
    await haprobe.stop();
    void mount;
  });

  test.skipIf(MOUNT_MISSING !== null)(
    "is on a disk that fills up later, and writes what waited once there is room",
    async () => {
      await using mount = mountTmpfs(parent.path, "size=2m");
      const ballast = join(parent.path, "ballast");
      await using haprobe = await serve();
      await expectRecording(haprobe);
      spawnSync("dd", ["if=/dev/zero", `of=${ballast}`, "bs=4k"]);
      expect(await remarksWithoutMemory(haprobe)).toMatch(/wait for the store: .*disk is full/);
      await truncate(ballast, 0);
      await expectRecording(haprobe);
      await haprobe.stop();
      void mount;
    },
  );
});

async function expectRecording(haprobe: HaprobeProcess): Promise<void> {
  await expect.poll(() => read(haprobe, "/metrics"), WAIT).toMatch(/^haprobe_store_open 1$/m);
  await expect.poll(() => read(haprobe, "/metrics"), WAIT).toMatch(/^haprobe_store_queued\{kind="event"\} 0$/m);
  await expect.poll(() => read(haprobe, "/readyz"), WAIT).not.toMatch(/outlives|wait for the store/);
  expect(await read(haprobe, "/metrics")).toMatch(/^haprobe_store_dropped_total\{kind="incident"\} 0$/m);
}

test("a second process on one data directory ends with 78 and names the first; the first goes on", async () => {
  await using first = await serve();
  const { code, stderr } = await runHaprobe([
    ...["serve", "--listen", "127.0.0.1:0", "--data-dir", folder],
    ...["--haproxy", `unix:${haproxy.adminSocket}`],
  ]);
  expect(code).toBe(78);
  expect(stderr).toContain(`${folder} is in use by process ${first.pid} on `);
  expect(stderr).toContain("HAPROBE_DATA_DIR_LOCKED");
  expect(await read(first, "/livez")).toBe("ok\n");
});

test("no other user may read what is in it", async () => {
  await mkdir(folder, { mode: 0o755 });
  await fill();
  const modes = await Promise.all(
    ["haprobe.db", "identity.json"].map(async (name) => (await stat(join(folder, name))).mode & 0o077),
  );
  expect(modes).toEqual([0, 0]);
});

test("check and wait leave it alone", async () => {
  const config = join(parent.path, "haprobe.yaml");
  await writeFile(config, `data-dir: state\nhaproxy: [{name: lb-1, stats: "unix:${haproxy.adminSocket}"}]\n`);
  await runHaprobe(["check", "--config", config, "--max-wait", "1s"]);
  await runHaprobe(["wait", "--config", config, "lb-1/be/s1", "--timeout", "1s"]);
  await expect(stat(folder)).rejects.toMatchObject({ code: "ENOENT" });
});

test("without a data directory the log says what is lost", async () => {
  await using haprobe = await startHaprobe(["--haproxy", `unix:${haproxy.adminSocket}`]);
  expect(haprobe.log()).toContain("incidents begin anew");
  expect(await read(haprobe, "/metrics")).not.toContain("haprobe_store_");
});
