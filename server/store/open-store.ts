import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { BOUNDS } from "../bounds.ts";
import { type Clock, systemClock } from "../clock.ts";
import type { RetentionSettings } from "../contract/settings.ts";
import type { Store } from "../contract/store.ts";
import { StoreClient, toStoreError } from "./store-client.ts";
import type { StoreLocation, WorkerOptions, WorkerReply } from "./worker-messages.ts";

export type { StoreLocation } from "./worker-messages.ts";

/**
 * `clock` bounds how long a call waits; the store's own clock is that of its database. Without `retention` nothing is
 * removed. `logEvents`: so many events the log of a directory keeps.
 */
export type StoreOptions = StoreLocation & {
  readonly clock?: Clock;
  readonly retention?: RetentionSettings;
  readonly logEvents?: number;
};

/**
 * Opens a store in a thread of its own, with its schema brought up to date. A SQLite directory must exist, and belongs to
 * one process. Rejects with HAPROBE_STORE_… where the database cannot be used.
 */
export async function openStore({
  clock = systemClock,
  retention,
  logEvents = BOUNDS.storeLogEvents,
  ...location
}: StoreOptions): Promise<Store> {
  // The package has the worker as JavaScript, in one file; a checkout runs it as it is.
  const file = import.meta.url.endsWith(".ts") ? "./store-worker.ts" : "./store-worker.js";
  const worker = new Worker(new URL(file, import.meta.url), {
    workerData: { ...location, retention: retention ?? null, logEvents } satisfies WorkerOptions,
    name: "store",
    // A thread that needs more ends, and not the process. Its young generation would take 12 MB with the flags of `serve`.
    resourceLimits: { maxOldGenerationSizeMb: BOUNDS.storeHeapMaxMb, maxYoungGenerationSizeMb: 2 },
  });
  try {
    const [reply] = (await once(worker, "message")) as [WorkerReply];
    if (reply.kind === "opened" && reply.error === null) return new StoreClient(worker, clock);
    const error = reply.kind === "opened" ? reply.error : null;
    throw toStoreError(error ?? { code: null, message: "the store's thread answered before it was open", stack: null });
  } catch (error) {
    await worker.terminate();
    throw error;
  }
}
