import { appendFile, mkdir, mkdtemp, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Clock, sleep, systemClock } from "../../server/clock.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { type FileWatcher, watchFiles } from "../../server/config/watch-files.ts";

const TIMEOUT_MS = 10_000;
const NEVER = new AbortController().signal;

/** A folder with a configuration whose file and conf.d are watched. */
interface Watched extends AsyncDisposable {
  readonly watch: FileWatcher;
  path(name: string): string;
  /** True after a callback since the last call; false after the timeout. */
  nextChange(): Promise<boolean>;
}

async function watched(): Promise<Watched> {
  const folder = await mkdtemp(join(tmpdir(), "haprobe-watch-"));
  const path = (name: string): string => join(folder, name);
  await writeFile(path("haprobe.yaml"), "{}");
  let [calls, seen] = [0, 0];
  let wake = (): void => {};
  const watch = watchFiles([path("haprobe.yaml"), path("conf.d")], systemClock, () => {
    calls += 1;
    wake();
  });
  await watch.ready;
  return {
    watch,
    path,
    async nextChange() {
      const called = new Promise<void>((resolve) => (wake = resolve));
      if (calls === seen) await Promise.race([called, sleep(systemClock, TIMEOUT_MS, NEVER)]);
      const changed = calls > seen;
      seen = calls;
      return changed;
    },
    async [Symbol.asyncDispose]() {
      await watch.stop();
      await rm(folder, { recursive: true });
    },
  };
}

describe.concurrent("a change is reported", () => {
  test("when the file is written, and when another is renamed to it", async () => {
    await using config = await watched();
    await writeFile(config.path("haprobe.yaml"), "log-level: info");
    expect(await config.nextChange()).toBe(true);
    await writeFile(config.path("new"), "log-level: warn");
    await rename(config.path("new"), config.path("haprobe.yaml"));
    expect(await config.nextChange()).toBe(true);
  });

  test("when a file of conf.d is created, changed and removed", async () => {
    await using config = await watched();
    await mkdir(config.path("conf.d"));
    expect(await config.nextChange()).toBe(true);
    await writeFile(config.path("conf.d/a.yaml"), "haproxy: []");
    expect(await config.nextChange()).toBe(true);
    await writeFile(config.path("conf.d/a.yaml"), "probes: []");
    expect(await config.nextChange()).toBe(true);
    await rm(config.path("conf.d/a.yaml"));
    expect(await config.nextChange()).toBe(true);
  });

  test("when conf.d is removed and created again, with its files", async () => {
    await using config = await watched();
    for (const name of ["a.yaml", "b.yaml"]) {
      await mkdir(config.path("conf.d"));
      await writeFile(config.path(`conf.d/${name}`), "{}");
      expect(await config.nextChange()).toBe(true);
      await rm(config.path("conf.d"), { recursive: true });
      expect(await config.nextChange()).toBe(true);
    }
  });

  test("when Kubernetes swaps the folder behind the links of conf.d", async () => {
    await using config = await watched();
    const put = async (version: string): Promise<void> => {
      await mkdir(config.path(`conf.d/${version}`), { recursive: true });
      await writeFile(config.path(`conf.d/${version}/a.yaml`), version);
      await symlink(version, config.path("conf.d/..tmp"));
      await rename(config.path("conf.d/..tmp"), config.path("conf.d/..data"));
    };
    await put("..1");
    await symlink("..data/a.yaml", config.path("conf.d/a.yaml"));
    expect(await config.nextChange()).toBe(true);
    config.watch.add([config.path("conf.d/a.yaml")]);
    for (const version of ["..2", "..3"]) {
      await put(version);
      expect(await config.nextChange()).toBe(true);
    }
  });

  test("when a file is created that was added later", async () => {
    await using config = await watched();
    config.watch.add([config.path("later.yaml")]);
    await writeFile(config.path("later.yaml"), "[]");
    expect(await config.nextChange()).toBe(true);
  });
});

test("a file that changes before its watch is established is found by comparing it", async () => {
  const folder = await mkdtemp(join(tmpdir(), "haprobe-watch-"));
  const clock = new FakeClock();
  let changes = 0;
  const watch = watchFiles([], clock, () => (changes += 1));
  await watch.ready;
  const path = join(folder, "sub", "later.yaml");
  watch.add([path]);
  await mkdir(join(folder, "sub"));
  await writeFile(path, "[]");
  await clock.advance(1_500);
  expect(changes).toBeGreaterThan(0);
  await watch.stop();
  await rm(folder, { recursive: true });
});

test("a file that changes without a pause does not postpone the report for ever", async () => {
  const folder = await mkdtemp(join(tmpdir(), "haprobe-watch-"));
  const path = join(folder, "busy.yaml");
  await writeFile(path, "");
  let armed = 0;
  const clock = new FakeClock();
  const counting: Clock = {
    now: () => clock.now(),
    wall: () => clock.wall(),
    after(ms, callback) {
      armed += 1;
      return clock.after(ms, callback);
    },
  };
  let changes = 0;
  const watch = watchFiles([path], counting, () => (changes += 1));
  await watch.ready;
  for (let write = 0; write < 15; write += 1) {
    const before = armed;
    await appendFile(path, "#\n");
    await expect.poll(() => armed).toBeGreaterThan(before);
    await clock.advance(150);
  }
  expect(changes).toBe(1);
  await watch.stop();
  await rm(folder, { recursive: true });
});
