import type { Clock } from "../clock.ts";
import type { Incident, IncidentAction } from "../contract/incident.ts";
import type { Store } from "../contract/store.ts";
import { HaprobeError } from "../errors.ts";
import { reduceIncident } from "../judge/incident.ts";
import { toIncident } from "../monitor/incident-status.ts";
import type { IncidentReducerParts } from "./incident-reducer.ts";

/** Another write of the same incident may come first so often. */
const ATTEMPTS = 5;

export interface HubActionParts extends Pick<IncidentReducerParts, "plan" | "onTimersStored"> {
  readonly store: Pick<Store, "incident" | "commit">;
  readonly clock: Clock;
}

/** Applies what a person does to an incident of the tables; null where there is none of this id. Rejects while the database is away. */
export async function applyHubAction(
  { store, plan, onTimersStored, clock }: HubActionParts,
  id: string,
  action: IncidentAction,
): Promise<Incident | null> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const before = await store.incident(id);
    if (before === null) return null;
    const at = Math.round(clock.wall());
    const { record, event } = reduceIncident(before, action, at);
    if (record === null || record === before) return toIncident(before, toIso);
    const { network, verdict, subject } = record;
    const fingerprint = `${network} ${verdict} ${subject}`;
    const follows = event === null ? null : plan({ type: event, id, seq: record.version, at, incident: record });
    const outcome = await store.commit({
      source: null,
      events: [],
      incidents: [{ record, fingerprint, expectedVersion: before.version }],
      outbox: follows?.outbox ?? [],
      timers: follows?.timers ?? [],
      done: [],
    });
    if (outcome.kind !== "applied") continue;
    onTimersStored(follows?.timers ?? []);
    return toIncident(record, toIso);
  }
  throw new HaprobeError("HAPROBE_STORE_BEHIND", "the incident was changed again and again");
}

function toIso(at: number): string {
  return new Date(at).toISOString();
}
