import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import type { IncidentRecord } from "../contract/incident.ts";
import type { FaultReporter } from "../contract/ports.ts";
import type { NetworkAddress } from "../contract/event.ts";
import type { ServerName } from "../contract/server-key.ts";
import type { InstanceSettings } from "../contract/settings.ts";
import type { StaleLimits } from "./instance-entry.ts";
import type { AssignTarget } from "./inventory.ts";
import type { MonitorActions } from "./target-registry.ts";

/** Limits that the monitor keeps. */
export interface MonitorLimits {
  readonly stale: StaleLimits;
  readonly serversMax: number;
  readonly tickEveryMs: number;
  /** A tick that takes this many times as long as it should means that the process was suspended. */
  readonly pauseFactor: number;
  /** The fleet as a whole is assessed at most this often. */
  readonly fleetEveryMs: number;
}

/** The limits of the service. */
export const MONITOR_LIMITS: MonitorLimits = {
  stale: { intervals: BOUNDS.staleIntervals, floorMs: BOUNDS.staleFloorMs },
  serversMax: BOUNDS.serversMax,
  tickEveryMs: BOUNDS.tickEveryMs,
  pauseFactor: BOUNDS.pauseFactor,
  fleetEveryMs: BOUNDS.fleetEveryMs,
};

/** The newest verdict of a server in an earlier run. */
export interface RestoredVerdict {
  readonly server: Omit<ServerName, "key">;
  readonly address: NetworkAddress | null;
  readonly judgement: { readonly verdict: string };
  readonly beganAt: number;
}

/** What an earlier run left, which this one continues; times in milliseconds since 1970. */
export interface RestoredState {
  /** Open ones, and ended ones that may be reopened. */
  readonly incidents: readonly IncidentRecord[];
  /** The newest verdict of each server. */
  readonly verdicts: readonly RestoredVerdict[];
  /** When the earlier run was last heard; null: never. */
  readonly heardBefore: number | null;
}

export interface MonitorOptions {
  readonly vantage: string;
  /** New at each start of the process. */
  readonly epoch: string;
  readonly clock: Clock;
  readonly limits: MonitorLimits;
  readonly instances: readonly InstanceSettings[];
  readonly assign: AssignTarget;
  readonly actions: MonitorActions;
  readonly faults: FaultReporter;
  /** What concerns very many servers is left to calls of `work`; otherwise everything is done within the call. */
  readonly inSlices?: boolean;
  readonly restored?: RestoredState;
}
