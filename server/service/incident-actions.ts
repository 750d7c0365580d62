import type { IncidentActions } from "../contract/ports.ts";
import type { Store } from "../contract/store.ts";
import type { Hub } from "../hub/hub.ts";
import { applyHubAction, type HubActionParts } from "../hub/incident-actions.ts";
import type { Monitor } from "../monitor/monitor.ts";
import { applyArchivedAction } from "../monitor/archived-actions.ts";
import { incidentFingerprint } from "../store/incident-fingerprint.ts";

export interface IncidentActionParts extends Omit<HubActionParts, "store"> {
  readonly store: Store | null;
  readonly hub: Hub | null;
  readonly monitor: Pick<Monitor, "applyAction">;
}

/** Applies what a person does with an incident where it is kept: by the hub, in the monitor, or in the store alone. */
export function createIncidentActions({ store, hub, monitor, ...parts }: IncidentActionParts): IncidentActions {
  return {
    async applyAction(id, action) {
      if (hub?.isReducing === true && store !== null) return applyHubAction({ store, ...parts }, id, action);
      const applied = monitor.applyAction(id, action);
      if (applied !== null || store === null) return applied;
      return applyArchivedAction({ store, fingerprintOf: incidentFingerprint, clock: parts.clock }, id, action);
    },
  };
}
