import { BOUNDS } from "../bounds.ts";
import type { IncidentRecord } from "../contract/incident.ts";
import type { Store } from "../contract/store.ts";

/** Incidents that may still recur under their id, newest first, at most `incidentsRestoredEnded`; `now` is the clock of their times. */
export async function readRecentlyEnded(
  store: Pick<Store, "incidents">,
  now: number,
): Promise<readonly IncidentRecord[]> {
  const { rows } = await store.incidents({
    open: false,
    from: now - BOUNDS.reopenMs,
    to: null,
    cursor: null,
    limit: BOUNDS.incidentsRestoredEnded,
  });
  return rows.filter(({ state }) => state.kind === "ended" && now - state.at < BOUNDS.reopenMs);
}
