import type { ProbeResult } from "../contract/probe-result.ts";
import type { Reason } from "../contract/reason.ts";
import type { Assignment } from "../contract/target.ts";
import type { Phase, Verdict } from "../contract/verdict.ts";
import type { CheckView, ServerView } from "../contract/view.ts";
import { confirmUndetectable } from "./confirmation.ts";
import { type CheckCoverage, canDetect, failsBeforeAnswer } from "./check-depth.ts";
import type { Disagreement, ServerMemory } from "./server-memory.ts";
import { checkMotion, effectiveGraceMs } from "./check-pace.ts";
import { isPathSuspect } from "./path-suspicion.ts";
import { isProbeStale } from "./probe-age.ts";
import { isUnprovenGuess, isUnreadable, provesDown } from "./probe-assessment.ts";
import { graceEndsAt, graceLimit, isCheckCounting } from "./grace-deadline.ts";
import type { JudgeContext } from "./judge-context.ts";
import { classifyAnswers, mayBeServed } from "./client-answers.ts";
import { classifyTraffic } from "./client-traffic.ts";

/** What the rows of the table decide by. */
export interface VerdictInput {
  readonly memory: ServerMemory;
  readonly view: ServerView;
  readonly assignment: Assignment;
  readonly context: JudgeContext;
  readonly coverage: CheckCoverage;
  readonly now: number;
}

/** What a row decides. */
export interface Decision {
  readonly verdict: Verdict;
  readonly phase: Phase | null;
  readonly reason: Reason | null;
  /** A poll right now could confirm it. */
  readonly needsPoll: boolean;
  /** HAProxy is counting down for what holds now: a phase that was confirmed for another reason falls back. */
  readonly withdraws: boolean;
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

const stale: VerdictRow = ({ context }) => (context.isStale ? withoutPhase("unknown", "haproxy-stale") : null);

const unknownBelief: VerdictRow = ({ memory }) =>
  memory.haproxy.belief.kind === "unknown" ? withoutPhase("unknown", memory.haproxy.belief.reason) : null;

const outOfService: VerdictRow = ({ memory }) =>
  memory.haproxy.belief.kind === "off" ? withoutPhase("out-of-service", memory.haproxy.belief.reason) : null;

const noTarget: VerdictRow = ({ assignment }) =>
  assignment.kind === "none" ? withoutPhase("unknown", assignment.reason) : null;

const pending: VerdictRow = ({ memory }) =>
  memory.probe.assessment.kind === "pending" ? withoutPhase("unknown", "probe-pending") : null;

const staleProbe: VerdictRow = ({ memory, assignment, context, now }) =>
  isProbeStale(memory, assignment, context.pausedUntil, now) ? withoutPhase("unknown", "probe-stale") : null;

/** Right after its start HAProxy has not checked yet: UP and DOWN are defaults. */
const unverified: VerdictRow = (c) => {
  const { memory, now } = c;
  if (!memory.check.isUnverified) return null;
  if (memory.haproxy.belief.kind === "down") return withoutPhase("unknown", "haproxy-unverified");
  const {
    disagreement,
    probe: { failure },
  } = memory;
  if (disagreement?.verdict !== "false-up" || failure === null || !canDetect(c.coverage, failure.stage)) return null;
  return now <= graceLimit(memory, disagreement, policyOf(c).graceMs)
    ? withoutPhase("unknown", "haproxy-unverified")
    : null;
};

/** Right after its start an apiserver denies valid credentials, since its roles are not loaded yet. */
const denied: VerdictRow = (c) => {
  const { assessment, lastUnavailableAt, lastPassAt } = c.memory.probe;
  if (assessment.kind !== "denied") return null;
  const since = Math.max(lastUnavailableAt, c.memory.clocksHeldUntil);
  const isStarting = lastUnavailableAt > lastPassAt && lastPassAt > Number.NEGATIVE_INFINITY;
  const reason = isStarting && c.now - since < policyOf(c).startGraceMs ? "starting" : "probe-denied";
  return withoutPhase("unknown", reason);
};

/** What HAProxy's HTTP check and our probe both cannot read: in mode http its clients get a 502 in place of it. */
const unreadableDown: VerdictRow = (c) => {
  const { haproxy, probe } = c.memory;
  if (haproxy.belief.kind !== "down" || c.view.mode !== "http" || probe.result === null) return null;
  if (!isUnreadable(probe.result) || c.coverage.isElsewhere || c.coverage.isOtherPort) return null;
  const { status } = decidingCheck(c);
  const refused = status === "L7RSP" || status === "L7TOUT" || status === "SOCKERR";
  return refused ? withoutPhase("agree-down", probe.result.fault) : null;
};

const inconclusive: VerdictRow = ({ memory }) =>
  memory.probe.assessment.kind === "mute" ? withoutPhase("unknown", memory.probe.assessment.reason) : null;

const agreeUp: VerdictRow = ({ memory }) =>
  memory.haproxy.belief.kind === "up" && memory.probe.assessment.kind === "passed"
    ? withoutPhase("agree-up", null)
    : null;

/** A guess that never worked, or a protocol that we do not speak, does not confirm that HAProxy is right. */
const unprovenDown: VerdictRow = ({ memory, assignment }) => {
  const { failure, isGuessedPathProven } = memory.probe;
  if (memory.haproxy.belief.kind !== "down" || failure === null) return null;
  const guessed = assignment.kind === "target" && assignment.target.guessed;
  if (provesDown(failure, guessed, isGuessedPathProven)) return null;
  return withoutPhase("unknown", guessed ? "never-reached" : failure.fault);
};

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
  const disagreement = falseUpDisagreement(c);
  if (disagreement === null || disagreement.drainingSince === null) return null;
  const over = c.now - Math.max(disagreement.drainingSince, c.memory.clocksHeldUntil) >= policyOf(c).drainGraceMs;
  return falseUp(over ? "confirmed" : "settling", "draining");
};

const starting: VerdictRow = (c) => {
  const disagreement = falseUpDisagreement(c);
  const failure = c.memory.probe.failure;
  if (disagreement === null || disagreement.startingSince === null || failure?.httpStatus == null) return null;
  const since = Math.max(disagreement.startingSince, c.memory.clocksHeldUntil);
  return c.now - since < policyOf(c).startGraceMs ? falseUp("settling", "starting") : null;
};

/** A guess, or a status that no rule of the server's own calls bad, does not outweigh that clients are served. */
const clientsServed: VerdictRow = (c) => {
  const failure = c.memory.probe.failure;
  if (falseUpDisagreement(c) === null || failure?.stage !== "answer" || !isUncertain(c, failure)) return null;
  return classifyAnswers(c.memory.answers, c.now) === "served" ? withoutPhase("unknown", "clients-served") : null;
};

const undetectableFailure: VerdictRow = (c) => {
  const { memory, context, now } = c;
  const failure = memory.probe.failure;
  if (falseUpDisagreement(c) === null || failure === null || canDetect(c.coverage, failure.stage)) return null;
  if (context.isBlind && isPathSuspect(memory.probe) && !isConfirmed(memory))
    return withoutPhase("unknown", "prober-blind");
  if (isUncertain(c, failure) && !isConfirmed(memory) && mayBeServed(memory.answers))
    return falseUp("suspected", failure.fault);
  const confirmation = confirmUndetectable(memory, c.coverage, policyOf(c), context, now);
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
  const { memory, context, now } = c;
  const disagreement = falseUpDisagreement(c);
  const failure = memory.probe.failure;
  if (disagreement === null || failure === null) return null;
  const graceMs = graceOf(c);
  const over = now >= graceEndsAt(memory, disagreement, c.view.check, graceMs);
  const settling = { ...falseUp("settling", failure.fault), withdraws: isCountingDown(c) };
  if (failure.stage === "answer") {
    // HAProxy's check reaches the application and passes: it asks something else, and a guess without proof asks nothing.
    const { assignment } = c;
    const isUnproven = assignment.kind === "target" && assignment.target.guessed && !memory.probe.isGuessedPathProven;
    if (over && isUnproven) return withoutPhase("unknown", "never-reached");
    return over ? falseUp("confirmed", "check-asks-something-else") : settling;
  }
  const traffic = failure.stage === "connect" ? classifyTraffic(memory.traffic, now) : null;
  if (traffic === "works" && !failsBeforeAnswer(decidingCheck(c))) return withoutPhase("unknown", pathReason(memory));
  if (over && traffic === "fails") return falseUp("confirmed", failure.fault);
  if (context.isBlind && isPathSuspect(memory.probe)) {
    // Blindness holds the clock, so that it starts again afterwards; how long it lasts itself is counted without that.
    const sinceBegin = { ...memory, clocksHeldUntil: disagreement.beganAt };
    const outlasted = now >= graceEndsAt(sinceBegin, disagreement, c.view.check, graceMs);
    return outlasted ? withoutPhase("unknown", "prober-blind") : settling;
  }
  return over ? withoutPhase("unknown", pathReason(memory)) : settling;
};

const falseDown: VerdictRow = (c) => {
  const { memory, now, view } = c;
  const { disagreement } = memory;
  if (disagreement?.verdict !== "false-down") return null;
  const over = now >= graceEndsAt(memory, disagreement, view.check, graceOf(c));
  const reason = disagreement.isRecovery && !over ? "haproxy-not-rechecked" : falseDownReason(c);
  return { verdict: "false-down", phase: over ? "confirmed" : "settling", reason, needsPoll: false, withdraws: false };
};

/** The rows in the order in which they are asked. */
const VERDICT_ROWS: readonly VerdictRow[] = [
  stale,
  unknownBelief,
  outOfService,
  noTarget,
  pending,
  staleProbe,
  unverified,
  denied,
  unreadableDown,
  inconclusive,
  agreeUp,
  unprovenDown,
  agreeDown,
  unprovenGuess,
  draining,
  starting,
  clientsServed,
  undetectableFailure,
  detectableFailure,
  falseDown,
];

/** Why HAProxy has a server DOWN that passes our probe. */
function falseDownReason(c: VerdictInput): Reason {
  const { memory, view, context } = c;
  if (view.byAgent) return "haproxy-agent-down";
  if ((context.trackedCheck ?? memory.check).deniedWhileDown) return "haproxy-denied";
  switch (decidingCheck(c).status) {
    case "HANA":
      return "haproxy-observed-errors";
    case "L7STS":
    case "L7RSP":
    case "L7TOUT":
    case "PROCERR":
    case "PROCTOUT":
      return "check-asks-something-else";
    case "L4OK":
    case "L6OK":
    case "L7OK":
    case "PROCOK":
      return "haproxy-not-rechecked";
    default:
      return "haproxy-check-failing";
  }
}

/** True where HAProxy's own check fails, and has begun to count for it. */
function isCountingDown(c: VerdictInput): boolean {
  const { check } = c.view;
  return failsBeforeAnswer(check) && isCheckCounting(check.health, true, check);
}

/** The check that decides over the server: its own, or the one of the server that it follows. */
function decidingCheck({ view, context }: VerdictInput): CheckView {
  return context.trackedCheck?.check ?? view.check;
}

/** True for an answer that the server itself need not mean as a failure: to a guess, or with an unexpected status. */
function isUncertain({ assignment }: VerdictInput, { stage, fault }: ProbeResult): boolean {
  const guessed = assignment.kind === "target" && assignment.target.guessed;
  return stage === "answer" && (guessed || fault === "probe-unexpected-status");
}

function graceOf(c: VerdictInput): number {
  return effectiveGraceMs(c.assignment.policy, c.context.checkPace, checkMotion(c.memory, c.view.check));
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
  return { verdict: "false-up", phase, reason, needsPoll: false, withdraws: false };
}

function withoutPhase(verdict: Verdict, reason: Reason | null): Decision {
  return { verdict, phase: null, reason, needsPoll: false, withdraws: false };
}
