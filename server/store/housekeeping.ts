import { BOUNDS } from "../bounds.ts";
import { type Clock, sleep } from "../clock.ts";
import type { RetentionSettings } from "../contract/settings.ts";
import type { Database } from "./database.ts";
import { prune } from "./prune.ts";

/** Prunes at an interval, slice by slice, until `signal` is aborted. A round that fails is left to the next one. */
export async function keepRetention(
  database: Database,
  retention: RetentionSettings,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await sleep(clock, BOUNDS.storePruneEveryMs, signal);
    try {
      for await (const _count of prune(database, retention, clock.wall())) {
        await sleep(clock, BOUNDS.storePrunePauseMs, signal);
        if (signal.aborted) return;
      }
    } catch {
      // A full or absent database fails the writes too, which report it.
    }
  }
}
