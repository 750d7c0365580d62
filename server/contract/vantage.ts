import type { InstanceStatus } from "./status.ts";

/** Names a vantage: unique among all that one hub knows. */
export interface VantageName {
  readonly site: string;
  readonly vantage: string;
}

/** A text that is the same for the same vantage only. */
export function vantageKey({ site, vantage }: VantageName): string {
  return JSON.stringify([site, vantage]);
}

/** What a vantage says of itself with each heartbeat; it is no part of its log. */
export interface VantageStatus {
  /** haprobe's version there. */
  readonly version: string;
  /** The HAProxies that it polls, as on its own pages. */
  readonly instances: readonly InstanceStatus[];
  /** Most of what HAProxy reaches is out of its reach. */
  readonly isBlind: boolean;
}
