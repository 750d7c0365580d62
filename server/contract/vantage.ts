import type { Finding } from "./finding.ts";
import type { InstanceName } from "./server-key.ts";
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
  /** What it reports about itself and these HAProxies, worst first; at most `vantageFindingsMax`. Absent: nothing. */
  readonly findings?: readonly Finding[];
  /** Events of its log that this request does not bring; absent where it writes to the tables itself. */
  readonly behind?: number;
}

/** A vantage as a hub shows it. */
export interface VantageReport extends VantageName {
  /** It is this hub itself. */
  readonly own: boolean;
  /** `silent`: not heard for three heartbeats; `blind`: most of what HAProxy reaches is out of its reach. */
  readonly state: "ok" | "silent" | "blind";
  /** Null before its first heartbeat, as `behind`. */
  readonly version: string | null;
  /** By the clock of this hub. */
  readonly heardAt: string;
  /** How far its clock was ahead of the database's then, in milliseconds. */
  readonly skewMs: number;
  /** Number of the newest event that is applied. */
  readonly seq: number;
  /** Events that waited in its spool when it was heard; null where it writes to the tables itself. */
  readonly behind: number | null;
  /** Names of the HAProxies that it polls, as on the pages. */
  readonly instances: readonly InstanceName[];
}

/** How a hub gets the log of this haprobe. */
export interface ForwardStatus {
  readonly url: string;
  /** `pending` before the first answer; `superseded`: another haprobe writes there under the name of this one. */
  readonly state: "pending" | "ok" | "failing" | "superseded";
  /** Why the last request failed; null after one that was taken. */
  readonly error: string | null;
  /** Events that the hub has not acknowledged. */
  readonly behind: number;
  /** Requests since the start, by what became of them. */
  readonly requests: Readonly<Record<string, number>>;
}
