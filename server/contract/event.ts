import type { IncidentRecord } from "./incident.ts";
import type { ProbeOutcome } from "./probe-result.ts";
import type { Reason } from "./reason.ts";
import type { InstanceName, ServerName } from "./server-key.ts";
import type { CheckStatus } from "./view.ts";
import type { Phase, Tone, Verdict } from "./verdict.ts";

/** Every event is plain data: JSON.parse(JSON.stringify(event)) is the same event. */
interface EventBase {
  /** `vantage:epoch:seq`: a sink that gets it twice ignores the second one. */
  readonly id: string;
  /** Counts the events of this process from 1, without gaps. */
  readonly seq: number;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** Where a server is reached: an IP address and port within a network. */
export interface NetworkAddress {
  readonly network: string;
  readonly host: string;
  readonly port: number;
}

interface ServerEvent extends EventBase, ServerName {
  /** Null where HAProxy shows none, or a UNIX socket. */
  readonly address: NetworkAddress | null;
}

interface InstanceEvent extends EventBase {
  readonly site: string;
  readonly instance: InstanceName;
}

/** A verdict with its phase and reason. */
export interface VerdictState {
  readonly verdict: Verdict;
  readonly phase: Phase | null;
  readonly reason: Reason | null;
}

/** A verdict and what both sources reported when it was reached. */
export interface VerdictEvidence extends VerdictState {
  readonly probeReason: Reason | null;
  readonly haproxyStatus: string;
  readonly checkStatus: CheckStatus | null;
  readonly checkCode: number | null;
  readonly probeOutcome: ProbeOutcome | "pending" | "skipped";
  readonly httpStatus: number | null;
}

/** This process began; `heardBefore` is the last moment before it that the data directory knows of, null for none. */
export interface ProcessStarted extends EventBase {
  readonly type: "started";
  readonly heardBefore: number | null;
}

/** What holds of a server from this event on. */
interface JudgementEvent extends ServerEvent {
  readonly to: VerdictEvidence;
  /** What the mismatch is about, as in the server object; null without a mismatch. */
  readonly subject: string | null;
  /** Begin of the verdict, milliseconds since 1970. */
  readonly beganAt: number;
  /** The configuration expects this mismatch. */
  readonly expected: boolean;
  readonly sentence: string;
  readonly tone: Tone;
}

/** A verdict, its phase or its reason changed. */
export interface VerdictChanged extends JudgementEvent {
  readonly type: "verdict-changed";
  readonly from: VerdictState | null;
}

/** HAProxy's status or check, or the outcome of our probes, changed; verdict, phase and reason stay. */
export interface EvidenceChanged extends JudgementEvent {
  readonly type: "evidence-changed";
}

export interface ServerRemoved extends ServerEvent {
  readonly type: "server-removed";
}

/** `address` is the new one. */
export interface AddressChanged extends ServerEvent {
  readonly type: "address-changed";
  readonly from: NetworkAddress | null;
}

/** HAProxy was restarted or reloaded, or its counters were cleared. */
export interface InstanceReloaded extends InstanceEvent {
  readonly type: "instance-reloaded";
  readonly epoch: string;
}

/** Polls of an instance fail (`error` set) or succeed again (`error` null). */
export interface InstanceReachability extends InstanceEvent {
  readonly type: "instance-reachability";
  readonly error: { readonly code: string; readonly message: string } | null;
}

/** This process was suspended, so results from before say nothing. */
export interface ProcessPaused extends EventBase {
  readonly type: "paused";
  readonly forMs: number;
}

/**
 * An incident was opened (again, where `flaps` is above 0), changed or ended, or only its traffic was counted; times in it
 * are milliseconds since 1970.
 */
export interface IncidentEvent extends EventBase {
  readonly type: "incident-opened" | "incident-changed" | "incident-counted" | "incident-ended";
  readonly incident: IncidentRecord;
}

/** Everything that the monitor reports. */
export type MonitorEvent =
  | ProcessStarted
  | VerdictChanged
  | EvidenceChanged
  | ServerRemoved
  | AddressChanged
  | InstanceReloaded
  | InstanceReachability
  | ProcessPaused
  | IncidentEvent;
