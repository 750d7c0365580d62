import { parentPort, workerData } from "node:worker_threads";
import { systemClock } from "../clock.ts";
import { HaprobeError } from "../errors.ts";
import { CommitNotices } from "./commit-notices.ts";
import type { Database } from "./database.ts";
import { keepRetention } from "./housekeeping.ts";
import { migrate } from "./migrate.ts";
import { openDatabase } from "./open-database.ts";
import { createSqlStore } from "./sql-store.ts";
import type { SentError, StoreLocation, WorkerOptions, WorkerReply, WorkerRequest } from "./worker-messages.ts";

/** The thread of the store: opens the database, then answers the calls of its client. */
const port = parentPort;
if (port === null) throw new Error("the store's worker runs in a worker thread");
const closing = new AbortController();
const reply = (message: WorkerReply): void => port.postMessage(message);

try {
  const { retention, logEvents, ...location } = workerData as WorkerOptions;
  const database = await openMigrated(location);
  serve(database, logEvents);
  if (retention !== null) void keepRetention(database, retention, systemClock, closing.signal);
  reply({ kind: "opened", error: null });
} catch (error) {
  reply({ kind: "opened", error: toSentError(error) });
}

async function openMigrated(location: StoreLocation): Promise<Database> {
  const database = await openDatabase(location);
  try {
    await migrate(database);
    return database;
  } catch (error) {
    await database.close().catch(() => {});
    throw database.explain(error);
  }
}

function serve(database: Database, logEvents: number): void {
  const running = new Set<Promise<unknown>>();
  const notices = database.notify === undefined ? null : new CommitNotices(database.notify, systemClock);
  const endListening = database.listen?.((vantage, seq) => reply({ kind: "moved", vantage, seq }));
  const close = async (): Promise<void> => {
    closing.abort();
    notices?.stop();
    endListening?.();
    await Promise.allSettled(running);
    await database.close();
  };
  const store = createSqlStore(database, logEvents);
  const commit: typeof store.commit = async (batch) => {
    const outcome = await store.commit(batch);
    if (batch.source !== null && batch.events.length > 0 && outcome.kind === "applied") {
      notices?.add(batch.source.vantage, outcome.seq);
    }
    return outcome;
  };
  const methods = { ...store, commit, close };
  port?.on("message", ({ id, method, args }: WorkerRequest) => {
    const call = methods[method] as (...values: readonly unknown[]) => Promise<unknown>;
    const answer = call(...args);
    // Closing waits for the calls before it, and not for itself.
    if (method !== "close") running.add(answer);
    answer
      .then(
        (result) => reply({ kind: "reply", id, result, error: null }),
        (error: unknown) => reply({ kind: "reply", id, result: null, error: toSentError(database.explain(error)) }),
      )
      .finally(() => running.delete(answer));
  });
}

function toSentError(error: unknown): SentError {
  if (error instanceof HaprobeError) return { code: error.code, message: error.message, stack: null };
  if (!(error instanceof Error)) return { code: null, message: String(error), stack: null };
  return { code: null, message: error.message, stack: error.stack ?? null };
}
