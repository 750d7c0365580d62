import { Worker } from "node:worker_threads";
import type { ConfigFile } from "./advise/config-file.ts";
import type { FileCheck } from "./advise/file-checks.ts";
import { BOUNDS } from "./bounds.ts";
import type { Clock } from "./clock.ts";
import type { InstanceName } from "./contract/server-key.ts";
import type { FindingDraft } from "./judge/findings.ts";

/** The haproxy.cfg of an instance, with its parts in order. */
export interface AdviceRequest {
  readonly instance: InstanceName;
  readonly files: readonly ConfigFile[];
}

/** What it says of the checks, by `backend/server`, and what is wrong with it. */
export interface AdviceInThread {
  readonly checks: ReadonlyMap<string, FileCheck>;
  readonly findings: readonly FindingDraft[];
}

/**
 * Reads a haproxy.cfg in a thread of its own, since one of a megabyte can take minutes. Rejects after `cfgTimeoutMs`, and
 * where the thread fails, such as for lack of memory.
 */
export async function adviseInThread(request: AdviceRequest, clock: Clock): Promise<AdviceInThread> {
  // The package has the worker as JavaScript, in one file; a checkout runs it as it is.
  const file = import.meta.url.endsWith(".ts") ? "./advise-worker.ts" : "./advise-worker.js";
  const worker = new Worker(new URL(file, import.meta.url), {
    workerData: request,
    name: "advise",
    resourceLimits: { maxOldGenerationSizeMb: BOUNDS.cfgHeapMaxMb, maxYoungGenerationSizeMb: 8 },
  });
  const { promise, resolve, reject } = Promise.withResolvers<AdviceInThread>();
  worker.once("message", resolve).once("error", reject);
  worker.once("exit", () => reject(new Error("its thread ended")));
  const cancel = clock.after(BOUNDS.cfgTimeoutMs, () =>
    reject(new Error(`that takes longer than ${BOUNDS.cfgTimeoutMs} ms`)),
  );
  try {
    return await promise;
  } finally {
    cancel();
    await worker.terminate();
  }
}
