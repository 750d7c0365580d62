import { once } from "node:events";
import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { build } from "vite";
import { expect, test } from "vitest";

test("the package's thread of the store needs no other file", async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), "haprobe-worker-"));
  const configFile = join(import.meta.dirname, "../../vite.worker.config.ts");
  await build({ configFile, logLevel: "silent", build: { outDir: folder.path } });
  const worker = new Worker(join(folder.path, "store-worker.js"), {
    workerData: { kind: "sqlite", directory: folder.path, retention: null },
  });
  expect(await once(worker, "message")).toEqual([{ kind: "opened", error: null }]);
  await worker.terminate();
});
