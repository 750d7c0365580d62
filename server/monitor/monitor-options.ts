import type { Clock } from "../clock.ts";
import type { IncidentRecord } from "../contract/incident.ts";
import type { FaultReporter } from "../contract/ports.ts";
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
  /** Incidents of an earlier run that this one continues; times in milliseconds since 1970. */
  readonly incidents?: readonly IncidentRecord[];
}
