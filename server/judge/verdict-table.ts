import type { ProbeResult } from "../contract/probe-result.ts";
import type { Reason } from "../contract/reason.ts";
import type { Assignment } from "../contract/target.ts";
import type { Phase, Verdict } from "../contract/verdict.ts";
import type { ServerView } from "../contract/view.ts";
import { confirmUndetectable } from "./confirmation.ts";
import { type CheckCoverage, canDetect } from "./check-depth.ts";
import type { Disagreement, ServerMemory } from "./server-memory.ts";
import { isUnprovenGuess } from "./probe-assessment.ts";
import { graceEndsAt, graceLimit } from "./grace-deadline.ts";
import type { JudgeContext } from "./judge-context.ts";
import { classifyTraffic } from "./client-traffic.ts";

/** Everything that a row of the table may look at. */
export interface VerdictInput {
  readonly memory: ServerMemory;
  readonly view: ServerView;
  readonly assignment: Assignment;
  readonly context: JudgeContext;
  readonly coverage: CheckCoverage;
  readonly now: number;
}

/** What a row decides. `needsView`: a view polled right now would decide it. */
export interface Decision {
  readonly verdict: Verdict;
  readonly phase: Phase | null;
  readonly reason: Reason | null;
  readonly needsPoll: boolean;
}

type VerdictRow = (c: VerdictInput) => Decision | null;

/** Finds the verdict: the first row that holds decides. The last row holds for whatever is left. */
export function decideVerdict(c: VerdictInput): Decision {
  for (const row of VERDICT_ROWS) {
    const decision = row(c);
    if (decision !== null) return decision;
  }
  return withoutPhase("unknown", "probe-pending");
}

const stale: VerdictRow = ({ context: around }) => (around.isStale ? withoutPhase("unknown", "haproxy-stale") : null);

const outOfService: VerdictRow = ({ memory }) =>
  memory.haproxy.belief.kind === "off" ? withoutPhase("out-of-service", memory.haproxy.belief.reason) : null;

const noTarget: VerdictRow = ({ assignment }) =>
  assignment.kind === "none" ? withoutPhase("unknown", assignment.reason) : null;

const pending: VerdictRow = ({ memory }) =>
  memory.probe.assessment.kind === "pending" ? withoutPhase("unknown", "probe-pending") : null;

/** Right after its start HAProxy has no finding of its own: an UP is a default, and a DOWN too. */
const unverified: VerdictRow = (c) => {
  const { memory, now } = c;
  if (!memory.check.isUnverified) return null;
  if (memory.haproxy.belief.kind === "down") return withoutPhase("unknown", "haproxy-unverified");
  const {
    disagreement: dispute,
    probe: { failure },
  } = memory;
  if (dispute?.verdict !== "false-up" || failure === null || !canDetect(c.coverage, failure.stage)) return null;
  return now <= graceLimit(memory, dispute, policyOf(c).graceMs) ? withoutPhase("unknown", "haproxy-unverified") : null;
};

const denied: VerdictRow = ({ memory }) =>
  memory.probe.assessment.kind === "denied" ? withoutPhase("unknown", "probe-denied") : null;

const inconclusive: VerdictRow = ({ memory }) =>
  memory.probe.assessment.kind === "mute" ? withoutPhase("unknown", memory.probe.assessment.reason) : null;

const agreeUp: VerdictRow = ({ memory }) =>
  memory.haproxy.belief.kind === "up" && memory.probe.assessment.kind === "passed"
    ? withoutPhase("agree-up", null)
    : null;

const agreeDown: VerdictRow = ({ memory }) =>
  memory.haproxy.belief.kind === "down" && memory.probe.assessment.kind === "failed"
    ? withoutPhase("agree-down", memory.probe.failure?.fault ?? null)
    : null;

const unprovenGuess: VerdictRow = ({ memory, assignment }) => {
  const { failure } = memory.probe;
  const guessed = assignment.kind === "target" && assignment.target.guessed;
  if (failure === null || !isUnprovenGuess(failure, guessed, memory.probe.isGuessedPathProven)) return null;
  return withoutPhase("unknown", "never-reached");
};

const draining: VerdictRow = (c) => {
  const dispute = falseUpDisagreement(c);
  if (dispute === null || dispute.drainingSince === null) return null;
  const over = c.now - Math.max(dispute.drainingSince, c.memory.clocksHeldUntil) >= policyOf(c).drainGraceMs;
  return falseUp(over ? "confirmed" : "settling", "draining");
};

const starting: VerdictRow = (c) => {
  const dispute = falseUpDisagreement(c);
  const failure = c.memory.probe.failure;
  if (dispute === null || dispute.startingSince === null || failure?.httpStatus == null) return null;
  const since = Math.max(dispute.startingSince, c.memory.clocksHeldUntil);
  return c.now - since < policyOf(c).startGraceMs ? falseUp("settling", "starting") : null;
};

const undetectableFailure: VerdictRow = (c) => {
  const { memory, context: around, now } = c;
  const failure = memory.probe.failure;
  if (falseUpDisagreement(c) === null || failure === null || canDetect(c.coverage, failure.stage)) return null;
  if (around.isBlind && mayBePathFault(failure) && !isConfirmed(memory)) return withoutPhase("unknown", "prober-blind");
  const confirmation = confirmUndetectable(memory, c.coverage, policyOf(c), around, now);
  switch (confirmation.kind) {
    case "confirmed":
      return falseUp("confirmed", failure.fault);
    case "path-differs":
      return withoutPhase("unknown", pathReason(memory));
    case "needs-view":
      return { ...falseUp("suspected", failure.fault), needsPoll: true };
    case "waits":
      return falseUp("suspected", failure.fault);
  }
};

const detectableFailure: VerdictRow = (c) => {
  const { memory, context: around, now } = c;
  const dispute = falseUpDisagreement(c);
  const failure = memory.probe.failure;
  if (dispute === null || failure === null) return null;
  const traffic = failure.stage === "connect" ? classifyTraffic(memory.traffic, now) : null;
  const over = now >= graceEndsAt(memory, dispute, c.view.check, policyOf(c).graceMs);
  if (failure.stage === "answer") {
    // HAProxy's check reaches the application and passes: it asks something else.
    return over ? falseUp("confirmed", "check-asks-something-else") : falseUp("settling", failure.fault);
  }
  if (traffic === "works") return withoutPhase("unknown", pathReason(memory));
  if (over && traffic === "fails") return falseUp("confirmed", failure.fault);
  if (around.isBlind && mayBePathFault(failure)) {
    // Blindness holds the clock, so that it begins anew afterwards; how long it lasts itself is counted without that.
    const sinceBegin = { ...memory, clocksHeldUntil: dispute.beganAt };
    const outlasted = now >= graceEndsAt(sinceBegin, dispute, c.view.check, policyOf(c).graceMs);
    return outlasted ? withoutPhase("unknown", "prober-blind") : falseUp("settling", failure.fault);
  }
  return over ? withoutPhase("unknown", pathReason(memory)) : falseUp("settling", failure.fault);
};

const falseDown: VerdictRow = (c) => {
  const { memory, now, view } = c;
  const { disagreement: dispute } = memory;
  if (dispute?.verdict !== "false-down") return null;
  const over = now >= graceEndsAt(memory, dispute, view.check, policyOf(c).graceMs);
  return {
    verdict: "false-down",
    phase: over ? "confirmed" : "settling",
    reason: falseDownReason(c),
    needsPoll: false,
  };
};

/** The table of the design, in its order. */
const VERDICT_ROWS: readonly VerdictRow[] = [
  stale,
  outOfService,
  noTarget,
  pending,
  unverified,
  denied,
  inconclusive,
  agreeUp,
  agreeDown,
  unprovenGuess,
  draining,
  starting,
  undetectableFailure,
  detectableFailure,
  falseDown,
];

/** Who says that a server is DOWN although it passes our probe. */
function falseDownReason({ memory, view, context: around }: VerdictInput): Reason {
  const { check, deniedWhileDown: deniedInSpell } = around.trackedCheck ?? {
    check: view.check,
    deniedWhileDown: memory.check.deniedWhileDown,
  };
  if (view.byAgent) return "haproxy-agent-down";
  if (deniedInSpell) return "haproxy-denied";
  switch (check.status) {
    case "HANA":
      return "haproxy-observed-errors";
    case "L7STS":
    case "L7RSP":
    case "L7TOUT":
    case "PROCERR":
    case "PROCTOUT":
      return "check-asks-something-else";
    default:
      return "haproxy-check-failing";
  }
}

/** A failure that a fault between us and the server looks like, too. */
export function mayBePathFault(failure: ProbeResult): boolean {
  return failure.stage === "connect" || (failure.stage === "tls" && failure.kind === "timed-out");
}

function pathReason(memory: ServerMemory): Reason {
  return memory.probe.everReached ? "path-differs" : "never-reached";
}

function isConfirmed(memory: ServerMemory): boolean {
  return memory.decision.verdict === "false-up" && memory.decision.phase === "confirmed";
}

function falseUpDisagreement({ memory }: VerdictInput): Disagreement | null {
  return memory.disagreement?.verdict === "false-up" ? memory.disagreement : null;
}

function policyOf({ assignment }: VerdictInput): Assignment["policy"] {
  return assignment.policy;
}

function falseUp(phase: Phase, reason: Reason | null): Decision {
  return { verdict: "false-up", phase, reason, needsPoll: false };
}

function withoutPhase(verdict: Verdict, reason: Reason | null): Decision {
  return { verdict, phase: null, reason, needsPoll: false };
}
