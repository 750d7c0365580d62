import type { Reason } from "./reason.ts";
import type { InstanceName, ServerKey } from "./server-key.ts";
import type { Phase, Verdict } from "./verdict.ts";

interface EventBase {
  /** `vantage:epoch:seq`: a sink that sees it twice does nothing the second time. */
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** A verdict, its phase or its reason became another. */
export interface VerdictChanged extends EventBase {
  readonly type: "verdict-changed";
  readonly key: ServerKey;
  readonly instance: InstanceName;
  readonly address: string | null;
  readonly from: { readonly verdict: Verdict; readonly phase: Phase | null; readonly reason: Reason | null } | null;
  readonly to: { readonly verdict: Verdict; readonly phase: Phase | null; readonly reason: Reason | null };
  readonly sentence: string;
}

export interface ServerRemoved extends EventBase {
  readonly type: "server-removed";
  readonly key: ServerKey;
  readonly instance: InstanceName;
}

export interface AddressChanged extends EventBase {
  readonly type: "address-changed";
  readonly key: ServerKey;
  readonly instance: InstanceName;
  readonly from: string | null;
  readonly to: string | null;
}

/** HAProxy was restarted or reloaded, or its counters were cleared. */
export interface InstanceReloaded extends EventBase {
  readonly type: "instance-reloaded";
  readonly instance: InstanceName;
}

/** The way to an instance broke (`error` set) or works again (`error` null). */
export interface InstanceReachability extends EventBase {
  readonly type: "instance-reachability";
  readonly instance: InstanceName;
  readonly error: { readonly code: string; readonly message: string } | null;
}

/** This process stood still, so older results say nothing. */
export interface ProcessPaused extends EventBase {
  readonly type: "we-were-paused";
  readonly forMs: number;
}

/** Everything that leaves the monitor. */
export type MonitorEvent =
  | VerdictChanged
  | ServerRemoved
  | AddressChanged
  | InstanceReloaded
  | InstanceReachability
  | ProcessPaused;
