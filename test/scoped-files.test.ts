import { mkdir, mkdtemp, realpath, rename, rm, symlink, unlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { fileSystem } from "../server/config/file-system.ts";
import { loadSettings } from "../server/config/load.ts";
import type { Settings } from "../server/contract/settings.ts";
import { createFileCache } from "../server/probe/file-cache.ts";
import { readSmallFile } from "../server/haproxy/small-file.ts";
import { openScopedSync, readBounded, ScopedFiles } from "../server/scoped-files.ts";
import { FakeClock } from "./support/fake-clock.ts";

let root: string;
beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), "haprobe-scope-")));
  await mkdir(join(root, "conf.d"));
  await writeFile(join(root, "secret"), "hunter2");
});
afterEach(() => rm(root, { recursive: true }));

const inFolder = (name: string): string => join(root, "conf.d", name);

/** Replaces a file by a link at once, as an attacker does. */
async function swapForLink(path: string, to: string): Promise<void> {
  await symlink(to, `${path}.new`);
  await rename(`${path}.new`, path);
}

function load(): Settings {
  const loaded = loadSettings({ ...fileSystem, haproxy: [], env: {}, file: join(root, "haprobe.yaml"), cwd: root });
  if (loaded.kind !== "loaded") throw new Error(JSON.stringify(loaded.errors));
  return loaded.settings;
}

describe("a file that a file of conf.d names", () => {
  async function loadToken(main = "{}"): Promise<{ files: ScopedFiles; path: string }> {
    await writeFile(join(root, "haprobe.yaml"), main);
    await writeFile(inFolder("a.yaml"), "probes: [{http: {bearer-token-file: token}, allow: [10.0.0.1]}]");
    await writeFile(inFolder("token"), "own");
    const settings = load();
    const path = inFolder("token");
    expect(settings.rules[0]?.probe).toMatchObject({ bearerTokenFile: path });
    return { files: new ScopedFiles(settings.fileScopes), path };
  }

  test("is not read once a link leads out of its folder, whatever it was when the configuration was loaded", async () => {
    const { files, path } = await loadToken();
    const clock = new FakeClock();
    const cache = createFileCache(clock, files);
    await cache.refresh(path);
    expect(cache.get(path)).toMatchObject({ kind: "content", text: "own" });
    await swapForLink(path, join(root, "secret"));
    await clock.advance(2_000);
    await cache.refresh(path);
    expect(cache.get(path)).toMatchObject({ kind: "unreadable", detail: expect.stringContaining("leads out of") });
    await expect(readSmallFile(path, "ca-file", files)).rejects.toMatchObject({
      code: "HAPROBE_STATS_FILE_UNREADABLE",
    });
  });

  test("nor where a folder on the way to it is replaced by a link", async () => {
    await writeFile(join(root, "haprobe.yaml"), "{}");
    await mkdir(inFolder("sub"));
    await writeFile(inFolder("sub/secret"), "own");
    await writeFile(inFolder("a.yaml"), "probes: [{http: {bearer-token-file: sub/secret}, allow: [10.0.0.1]}]");
    const files = new ScopedFiles(load().fileScopes);
    await rm(inFolder("sub"), { recursive: true });
    await symlink(root, inFolder("sub"));
    await expect(files.open(inFolder("sub/secret"))).rejects.toThrow("leads out of");
  });

  test("may be a link within its folder, as Kubernetes mounts secrets, also after that was swapped", async () => {
    const { files, path } = await loadToken();
    await mkdir(inFolder("..2026"));
    await writeFile(inFolder("..2026/token"), "rotated");
    await unlink(path);
    await symlink("..2026", inFolder("..data"));
    await symlink("..data/token", path);
    await using file = await files.open(path);
    expect(await file.readFile("utf8")).toBe("rotated");
  });

  test("may lead to a folder that the main file lists", async () => {
    const { files, path } = await loadToken(`conf-d: {folders: [${root}]}`);
    await swapForLink(path, join(root, "secret"));
    await using file = await files.open(path);
    expect(await file.readFile("utf8")).toBe("hunter2");
  });
});

test("a file of conf.d that is itself a link out of its folder is not read, unless the main file lists where it leads", async () => {
  await writeFile(join(root, "haprobe.yaml"), "{}");
  await symlink(join(root, "secret"), inFolder("a.yaml"));
  const request = { ...fileSystem, haproxy: [], env: {}, file: join(root, "haprobe.yaml"), cwd: root };
  const broken = loadSettings(request);
  expect(broken).toMatchObject({
    kind: "broken",
    errors: [{ message: expect.stringContaining("leads out of its folder") }],
  });
  await writeFile(join(root, "secret"), "probes: [{match: {backend: x}, skip: true}]");
  await writeFile(join(root, "haprobe.yaml"), "conf-d: {folders: [.]}");
  expect(load().rules).toHaveLength(1);
});

test("a link that is swapped while a file is opened gives the file of the scope, or an error", async () => {
  await writeFile(inFolder("own"), "own");
  const path = inFolder("link");
  await symlink("own", path);
  const files = new ScopedFiles(new Map([[path, [join(root, "conf.d")]]]));
  const swapping = { isDone: false };
  const swaps = (async () => {
    for (let swap = 0; !swapping.isDone; swap += 1)
      await swapForLink(path, swap % 2 === 0 ? join(root, "secret") : "own");
  })();
  const texts = new Set<string>();
  for (let read = 0; read < 500; read += 1) {
    const file = await files.open(path).catch(() => null);
    if (file === null) continue;
    texts.add(await file.readFile("utf8"));
    await file.close();
  }
  swapping.isDone = true;
  await swaps;
  expect(texts).not.toContain("hunter2");
});

test("without a scope links lead anywhere", async () => {
  const path = inFolder("link");
  await symlink(join(root, "secret"), path);
  await using file = await new ScopedFiles().open(path);
  expect(await file.readFile("utf8")).toBe("hunter2");
  expect(() => openScopedSync(path, [join(root, "conf.d")])).toThrow("leads out of");
});

test("a file is read up to a bound, also one that says of itself that it is empty", async () => {
  await using file = await new ScopedFiles().open(join(root, "secret"));
  expect(await readBounded(file, 7)).toBe("hunter2");
  await expect(readBounded(file, 6)).rejects.toThrow("larger than 6 bytes");
  await using sizeless = await new ScopedFiles().open("/proc/self/status");
  expect((await sizeless.stat()).size).toBe(0);
  await expect(readBounded(sizeless, 10)).rejects.toThrow("larger than 10 bytes");
});
