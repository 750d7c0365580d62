import type { ProbeFault } from "./reason.ts";

/** How a probe ended on the network. */
export const PROBE_KINDS = [
  "answered",
  "refused",
  "timed-out",
  "reset",
  "tls-failed",
  "dns-failed",
  "protocol-error",
] as const;
export type ProbeKind = (typeof PROBE_KINDS)[number];

/** The stage that a probe was in when it ended. A probe that answered was in `answer`. */
export const PROBE_STAGES = ["connect", "tls", "answer"] as const;
export type ProbeStage = (typeof PROBE_STAGES)[number];

export const PROBE_OUTCOMES = ["passed", "failed", "denied"] as const;
export type ProbeOutcome = (typeof PROBE_OUTCOMES)[number];

/** Milliseconds of each phase that was finished; null for one that was not reached or not needed. */
export interface ProbePhases {
  readonly connect: number | null;
  readonly tls: number | null;
  readonly answer: number | null;
}

/** The outcome of one probe. Times are monotonic milliseconds of this process. */
export interface ProbeResult {
  readonly vantage: string;
  /** Key of the target. */
  readonly target: string;
  /** Grows by one with each result of this target, in the order in which they ended. */
  readonly seq: number;
  readonly sentAt: number;
  readonly endedAt: number;
  /** Milliseconds until about the next one, where that is longer than the target's interval. */
  readonly everyMs?: number;
  readonly outcome: ProbeOutcome;
  readonly kind: ProbeKind;
  readonly stage: ProbeStage;
  /** What was wrong; null when it passed. */
  readonly fault: ProbeFault | null;
  readonly url: string;
  /** Null where no HTTP status was the answer: no answer, or one over TCP or gRPC. */
  readonly httpStatus: number | null;
  /** Names of the failing sub-checks of a Kubernetes list, `etcd` or `poststarthook/rbac/bootstrap-roles`. */
  readonly failing: readonly string[];
  readonly phasesMs: ProbePhases;
  /** First 4 KiB of the body as text; untrusted. */
  readonly body: string;
  /** The body is a page for people, so a 200 says little about a guessed path. */
  readonly htmlPage: boolean;
  /** End of the server's certificate, milliseconds since 1970. */
  readonly certificateExpiresAt: number | null;
  /** What the machine said about the fault, such as `self-signed certificate`, and that credentials were withheld; else empty. */
  readonly detail: string;
}
