import type { Clock } from "../clock.ts";
import type { Incident, IncidentAction, IncidentRecord } from "../contract/incident.ts";
import type { Store } from "../contract/store.ts";
import { HaprobeError } from "../errors.ts";
import { reduceIncident } from "../judge/incident.ts";
import { toIncident } from "./incident-status.ts";

/** Another write of the same incident may come first so often. */
const ATTEMPTS = 3;

/** What archived actions need. */
export interface ArchivedActionParts {
  readonly store: Pick<Store, "incident" | "commit">;
  readonly fingerprintOf: (record: IncidentRecord) => string;
  readonly clock: Clock;
}

/**
 * Applies what a person does to an ended incident that only the store has; returns it, or null where there is none of
 * this id. One that has not ended belongs to another process, which would not see the change. Rejects while the store
 * is away.
 */
export async function applyArchivedAction(
  { store, fingerprintOf, clock }: ArchivedActionParts,
  id: string,
  action: IncidentAction,
): Promise<Incident | null> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const before = await store.incident(id);
    if (before?.state.kind !== "ended") return null;
    const { record } = reduceIncident(before, action, Math.round(clock.wall()));
    if (record === null || record === before) return toIncident(before, iso);
    const write = { record, fingerprint: fingerprintOf(record), expectedVersion: before.version };
    const outcome = await store.commit({
      source: null,
      events: [],
      incidents: [write],
      outbox: [],
      timers: [],
      done: [],
    });
    if (outcome.kind === "applied") return toIncident(record, iso);
  }
  throw new HaprobeError("HAPROBE_STORE_BEHIND", "the incident was changed again and again");
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
