import type { ProbeKind, ProbeOutcome, ProbePhases } from "./probe-result.ts";
import type { Reason } from "./reason.ts";
import type { RestoreCommand } from "./restore-command.ts";
import type { InstanceName, ServerKey } from "./server-key.ts";
import type { UncountedWhy } from "./vantage-word.ts";
import type { CheckStatus } from "./view.ts";
import type { CheckDepth, Phase, CheckQuality, Tone, Verdict } from "./verdict.ts";

/** Version of everything that leaves the process. Within it fields are added, never renamed. */
export const CONTRACT_VERSION = 1;

/** HAProxy's side of a server on the wire. */
export interface HaproxySide {
  readonly status: string;
  readonly usable: boolean;
  readonly checkStatus: CheckStatus | null;
  readonly checkCode: number | null;
  readonly lastCheck: string;
  /** How far the check has been seen to look; `tracked` servers show the depth of the one they follow, null: not seen yet. */
  readonly depth: CheckDepth | null;
  /** Whether HAProxy's check can notice the failure that the probe found; null while the probe does not fail. */
  readonly canNotice: boolean | null;
  readonly checkHealth: number | null;
  readonly checkRise: number | null;
  readonly checkFall: number | null;
  readonly checkDurationMs: number | null;
  /** HAProxy has not checked it since its start (INI): its UP is a default, not a finding. */
  readonly unverified: boolean;
  readonly weight: number;
  readonly backup: boolean;
  readonly tracked: string | null;
  readonly agentStatus: CheckStatus | null;
  readonly lastAgent: string;
  readonly sessionsTotal: number | null;
  readonly sessionsCurrent: number | null;
  /** What its clients got since the probe fails at the answer: 2xx, and 5xx or none; null otherwise, and outside mode http. */
  readonly clientResponses: { readonly good: number; readonly failed: number } | null;
  /** What HAProxy's own clients show about connecting since the probe fails to connect; null while they show nothing. */
  readonly clientConnects: "fails" | "works" | null;
  readonly changedSecondsAgo: number | null;
  readonly at: string;
}

/** Our side of a server on the wire. */
export interface ProbeSide {
  readonly vantage: string;
  /** `pending`: no answer yet; `skipped`: there is nothing to probe, and the verdict's reason says why. */
  readonly outcome: ProbeOutcome | "pending" | "skipped";
  readonly kind: ProbeKind | null;
  readonly stage: string | null;
  readonly url: string | null;
  readonly guessed: boolean;
  readonly httpStatus: number | null;
  readonly failing: readonly string[];
  readonly durationMs: number | null;
  readonly phasesMs: ProbePhases | null;
  readonly body: string;
  readonly detail: string;
  readonly certificateExpiresAt: string | null;
  readonly at: string | null;
}

/** What one vantage found, and says of the server by itself; on a hub, where it judges with others. */
export interface VantageSide extends ProbeSide {
  /** It stands beside this HAProxy, whose UNIX socket it polls. */
  readonly home: boolean;
  /** What HAProxy said there. */
  readonly haproxy: Pick<HaproxySide, "status" | "checkStatus" | "checkCode">;
  readonly verdict: Verdict;
  readonly phase: Phase | null;
  readonly reason: Reason | null;
  readonly sentence: string;
  /** Why what it says does not count; null where it does. */
  readonly uncounted: UncountedWhy | null;
  readonly heardAt: string;
}

/** What went into a server since its first bad probe. */
export interface Misrouted {
  readonly sessions: number;
  readonly held: number;
  readonly unit: "sessions" | "requests";
  /** Part of the backend's new sessions, 0 … 1; null where the backend had none. */
  readonly share: number | null;
  readonly healthyLeft: number;
}

/** One server, the same object in REST, in the streams and in `check --json`. */
export interface ServerStatus {
  readonly key: ServerKey;
  readonly instance: InstanceName;
  readonly site: string;
  readonly backend: string;
  readonly server: string;
  readonly mode: string;
  /** `10.0.0.11:6443`, `unix`, or null. */
  readonly address: string | null;
  readonly verdict: Verdict;
  /** Null where there is no mismatch. */
  readonly phase: Phase | null;
  /** Null where both agree that it is up. */
  readonly reason: Reason | null;
  /** The finding of the probe, kept where `reason` says something more. */
  readonly probeReason: Reason | null;
  readonly sentence: string;
  /** One line: what to do. Empty where there is nothing to do. */
  readonly advice: string;
  /** The command that takes a confirmed false-down in now, which `advice` names too; null where none is safe. */
  readonly restore: RestoreCommand | null;
  /** Lines for haproxy.cfg that let HAProxy's check detect this failure; empty where none are known. */
  readonly cure: readonly string[];
  readonly since: string;
  readonly tone: Tone;
  /**
   * What the mismatch is about: `10.0.0.11:6443`, with its network before it where that has a name, for a false-up, the
   * key for a false-down. Servers with the same verdict and subject have the same fault. Null without a mismatch.
   */
  readonly subject: string | null;
  readonly expected: string | null;
  readonly haproxy: HaproxySide;
  /** What our probe found; of several vantages the one that decides. */
  readonly probe: ProbeSide;
  /** What each vantage says, on a hub; empty where one haprobe alone judges. */
  readonly probes: readonly VantageSide[];
  readonly quality: CheckQuality | null;
  readonly misrouted: Misrouted;
}

/** One polled HAProxy. */
export interface InstanceStatus {
  readonly name: InstanceName;
  readonly site: string;
  /** The stats address without secrets. */
  readonly stats: string;
  /** `pending` until the first poll ended. */
  readonly state: "pending" | "ok" | "stale" | "failing";
  readonly version: string | null;
  readonly pid: number | null;
  readonly startedAt: string | null;
  readonly servers: number;
  /** Time of the last good poll, and what it cost. */
  readonly lastPollAt: string | null;
  readonly pollDurationMs: number | null;
  readonly everyMs: number;
  /** The last failure and how to fix it, null after a good poll. `code` is one of docs/errors.md. */
  readonly error: {
    readonly code: string;
    readonly message: string;
    /** Empty for a code that is not known. */
    readonly remedy: string;
    readonly at: string;
  } | null;
  /** On a hub the vantage that polls it, of which the rest was heard with a heartbeat; absent where this haprobe polls it. */
  readonly reportedBy?: string;
}

/** Counts and the one sentence over everything. */
export interface FleetSummary {
  readonly servers: number;
  readonly verdicts: Readonly<Record<Verdict, number>>;
  /** Mismatches that are confirmed and not expected. */
  readonly confirmed: number;
  readonly suspected: number;
  readonly settling: number;
  readonly canBeFalselyUp: number;
  readonly instances: number;
  readonly instancesFailing: number;
  readonly sentence: string;
}

/** Place in the stream of published states: another epoch is another process. */
export interface StreamPosition {
  readonly version: typeof CONTRACT_VERSION;
  readonly epoch: string;
  readonly seq: number;
}

/** First message of a stream, and the body of `/api/v1/servers` with its `next`. */
export interface SnapshotMessage extends StreamPosition {
  readonly type: "snapshot";
  readonly servers: readonly ServerStatus[];
  readonly instances: readonly InstanceStatus[];
  readonly summary: FleetSummary;
}

/** What changed since `seq - 1`: whole objects, so that applying one twice does no harm. */
export interface DeltaMessage extends StreamPosition {
  readonly type: "delta";
  readonly servers: readonly ServerStatus[];
  readonly removed: readonly ServerKey[];
  readonly instances: readonly InstanceStatus[];
  readonly removedInstances: readonly InstanceName[];
  readonly summary: FleetSummary;
}

export type StreamMessage = SnapshotMessage | DeltaMessage;
