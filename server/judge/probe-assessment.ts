import type { ProbeResult } from "../contract/probe-result.ts";
import type { ProbeFault, Reason } from "../contract/reason.ts";

/** What our probes found out about a server. */
export type ProbeAssessment =
  | { readonly kind: "pending" }
  | { readonly kind: "passed" }
  | { readonly kind: "failed" }
  /** Alive, and demands credentials. */
  | { readonly kind: "denied" }
  /** An answer, or a fault of ours, that says nothing about the server's health. */
  | { readonly kind: "mute"; readonly reason: Reason };

const DENIED: ProbeAssessment = { kind: "denied" };
const PASSED: ProbeAssessment = { kind: "passed" };
const FAILED: ProbeAssessment = { kind: "failed" };

/** Faults of the probe's own means: trust, names, protocols. */
const INCONCLUSIVE_FAULTS: ReadonlySet<ProbeFault> = new Set([
  "probe-untrusted",
  "probe-dns-failed",
  "probe-cannot-speak",
] as const);

/** Assesses one result. `guessed`: the path comes from no rule; `proven`: it has once answered well. */
export function assessResult(result: ProbeResult, guessed: boolean, proven: boolean): ProbeAssessment {
  if (result.outcome === "denied") return DENIED;
  if (result.fault !== null && INCONCLUSIVE_FAULTS.has(result.fault)) return { kind: "mute", reason: result.fault };
  if (guessed) {
    if (result.httpStatus === 429) return { kind: "mute", reason: "probe-rate-limited" };
    if (!proven && result.outcome === "passed" && result.htmlPage)
      return { kind: "mute", reason: "probe-answer-meaningless" };
    if (!proven && result.outcome === "failed" && result.httpStatus !== null && result.httpStatus < 500) {
      return { kind: "mute", reason: "probe-path-missing" };
    }
  }
  return result.outcome === "passed" ? PASSED : FAILED;
}

/** True for a failure of a guess that never answered well, except a 5xx: the guess itself may be wrong. */
export function isUnprovenGuess(result: ProbeResult, guessed: boolean, proven: boolean): boolean {
  return guessed && !proven && !(result.httpStatus !== null && result.httpStatus >= 500);
}

/** True for a response with a status in a form that parsers read differently. */
export function isUnreadable({ fault, kind, httpStatus }: ProbeResult): boolean {
  return fault === "probe-cannot-speak" && kind === "protocol-error" && httpStatus !== null;
}

/** True for a failure that shows the server itself to be down, rather than our way of probing it to be wrong. */
export function provesDown(failure: ProbeResult, guessed: boolean, proven: boolean): boolean {
  if (failure.fault === "probe-protocol-error") return false;
  if (!isUnprovenGuess(failure, guessed, proven)) return true;
  return failure.kind === "refused" || (failure.kind === "timed-out" && failure.stage === "connect");
}
