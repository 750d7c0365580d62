import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { Worker } from "node:worker_threads";
import { build } from "vite";
import { expect, test } from "vitest";

test("the built program and the thread of its store need no package", async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), "haprobe-built-"));
  const configFile = join(import.meta.dirname, "../../vite.server.config.ts");
  await build({ configFile, logLevel: "silent", build: { outDir: folder.path } });

  const worker = new Worker(join(folder.path, "store-worker.js"), {
    workerData: { kind: "sqlite", directory: folder.path, retention: null },
  });
  expect(await once(worker, "message")).toEqual([{ kind: "opened", error: null }]);
  await worker.terminate();

  const { stdout } = await promisify(execFile)(process.execPath, [join(folder.path, "main.js"), "serve", "--help"]);
  expect(stdout).toMatch(/^Usage: haprobe serve/);
});
