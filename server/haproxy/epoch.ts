import type { BackendView } from "../contract/view.ts";
import type { ShowInfo } from "./show-info.ts";

/** What is remembered of an instance to notice that its counters began anew. */
export interface Epoch {
  /** Never the same twice for one instance. */
  readonly id: string;
  readonly generation: number;
  readonly process: string | null;
  readonly uptimeSeconds: number;
  /** Sessions of each backend by name, so far. */
  readonly sessions: ReadonlyMap<string, number>;
}

/**
 * The epoch after an answer about these backends: a new one if another process answers, or if its counters went back
 * (`clear counters all`). Backends' counters are watched, since a server alone may be removed and added anew.
 * `info` is null over a source that has none; then only the counters tell. `partial`: not all backends were asked about.
 */
export function nextEpoch(
  before: Epoch | null,
  info: ShowInfo | null,
  backends: readonly BackendView[],
  partial: boolean,
): Epoch {
  const process = info?.process ?? null;
  const uptimeSeconds = info?.info.uptimeSeconds ?? 0;
  const same =
    before !== null &&
    before.process === process &&
    // In a container every HAProxy has the same pid.
    before.uptimeSeconds <= uptimeSeconds &&
    backends.every((row) => (row.sessionsTotal ?? 0) >= (before.sessions.get(row.backend) ?? 0));
  const generation = same ? before.generation : (before?.generation ?? 0) + 1;
  const sessions = new Map(same && partial ? before.sessions : []);
  for (const row of backends) sessions.set(row.backend, row.sessionsTotal ?? 0);
  return {
    id: same ? before.id : `${process ?? "unnamed"}-${generation}`,
    generation,
    process,
    uptimeSeconds,
    sessions,
  };
}
