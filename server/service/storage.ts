import { BOUNDS } from "../bounds.ts";
import { redactDatabaseUrl } from "../contract/redact-database-url.ts";
import type { Settings } from "../contract/settings.ts";
import type { FindingDraft } from "../judge/findings.ts";
import { createStoreFindings } from "../judge/store-findings.ts";
import { Storage } from "../store/storage.ts";
import { LogRateLimiter } from "../telemetry/log-rate-limiter.ts";
import type { ServiceOptions } from "./options.ts";

/** Null without a data directory and a database: the log says what that means. What it opens is closed with `started`. */
export function createStorage(options: ServiceOptions, started: AsyncDisposableStack): Storage | null {
  const { settings, log, clock, vantage } = options;
  if (settings.dataDir === null && settings.database === null) {
    const message = "nothing outlives a restart: incidents begin anew, and there is no history (data-dir: none)";
    log.info({ event: "store-off" }, message);
    return null;
  }
  const errors = new LogRateLimiter(clock, BOUNDS.requestLogLinesPerSecond, (count) =>
    log.error({ event: "store-failed", count }, "further calls of the store failed"),
  );
  started.defer(() => errors.stop());
  const storage = new Storage({
    settings,
    hostName: vantage,
    clock,
    onOpen: (name) => log.info({ event: "store-open", vantage: name }, `records as ${name} in ${placeOf(settings)}`),
    onOpenFailure: ({ code, message, remedy }) => {
      log.error({ event: "store-unavailable", code }, `nothing outlives a restart: ${message}. ${remedy}`);
    },
    onFailedCall(error) {
      if (errors.tryAcquire()) log.error({ event: "store-failed", err: error }, "the database reported an error");
    },
  });
  started.defer(() => storage.close());
  return storage;
}

/** What the store reports about itself. */
export function listStoreFindings(storage: Storage | null): readonly FindingDraft[] {
  const status = storage?.status() ?? null;
  return storage === null || status === null ? [] : createStoreFindings(status, storage.error);
}

/** Where the store is, without a password. */
function placeOf({ dataDir, database }: Settings): string {
  if (database === null) return dataDir ?? "";
  return database.kind === "url" ? redactDatabaseUrl(database.url) : `the database of ${database.path}`;
}
