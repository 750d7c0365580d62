import type { ProbeResult } from "../contract/probe-result.ts";
import type { Reason } from "../contract/reason.ts";
import type { Assignment } from "../contract/target.ts";
import type { Phase, Verdict } from "../contract/verdict.ts";
import type { ServerView } from "../contract/view.ts";
import { confirmNever } from "./confirm.ts";
import { type CheckReach, canNotice } from "./depth.ts";
import type { Dispute, ServerMemory } from "./memory.ts";
import { isUnprovenGuess } from "./opinion.ts";
import { graceEndsAt, graceLimit } from "./settle.ts";
import type { Surroundings } from "./surroundings.ts";
import { trafficWord } from "./traffic.ts";

/** Everything that a row of the table may look at. */
export interface Case {
  readonly memory: ServerMemory;
  readonly view: ServerView;
  readonly assignment: Assignment;
  readonly around: Surroundings;
  readonly reach: CheckReach;
  readonly now: number;
}

/** What a row decides. `needsView`: a view polled right now would decide it. */
export interface Decision {
  readonly verdict: Verdict;
  readonly phase: Phase | null;
  readonly reason: Reason | null;
  readonly needsView: boolean;
}

type Row = (c: Case) => Decision | null;

/** Finds the verdict: the first row that holds decides. The last row holds for whatever is left. */
export function decide(c: Case): Decision {
  for (const row of ROWS) {
    const decision = row(c);
    if (decision !== null) return decision;
  }
  return plain("unknown", "probe-pending");
}

const stale: Row = ({ around }) => (around.stale ? plain("unknown", "haproxy-stale") : null);

const outOfService: Row = ({ memory }) =>
  memory.belief.kind === "off" ? plain("out-of-service", memory.belief.reason) : null;

const noTarget: Row = ({ assignment }) => (assignment.kind === "none" ? plain("unknown", assignment.reason) : null);

const pending: Row = ({ memory }) => (memory.opinion.kind === "pending" ? plain("unknown", "probe-pending") : null);

/** Right after its start HAProxy has no finding of its own: an UP is a default, and a DOWN too. */
const unverified: Row = (c) => {
  const { memory, now } = c;
  if (!memory.unverified) return null;
  if (memory.belief.kind === "down") return plain("unknown", "haproxy-unverified");
  const { dispute, failure } = memory;
  if (dispute?.side !== "false-up" || failure === null || !canNotice(c.reach, failure.stage)) return null;
  return now <= graceLimit(memory, dispute, policyOf(c).graceMs) ? plain("unknown", "haproxy-unverified") : null;
};

const denied: Row = ({ memory }) => (memory.opinion.kind === "denied" ? plain("unknown", "probe-denied") : null);

const mute: Row = ({ memory }) => (memory.opinion.kind === "mute" ? plain("unknown", memory.opinion.reason) : null);

const agreeUp: Row = ({ memory }) =>
  memory.belief.kind === "up" && memory.opinion.kind === "passed" ? plain("agree-up", null) : null;

const agreeDown: Row = ({ memory }) =>
  memory.belief.kind === "down" && memory.opinion.kind === "failed"
    ? plain("agree-down", memory.failure?.fault ?? null)
    : null;

const unprovenGuess: Row = ({ memory, assignment }) => {
  const { failure } = memory;
  const guessed = assignment.kind === "target" && assignment.target.guessed;
  if (failure === null || !isUnprovenGuess(failure, guessed, memory.provenPath)) return null;
  return plain("unknown", "never-reached");
};

const draining: Row = (c) => {
  const dispute = disputeUp(c);
  if (dispute === null || dispute.drainingSince === null) return null;
  const over = c.now - Math.max(dispute.drainingSince, c.memory.haltedUntil) >= policyOf(c).drainGraceMs;
  return falseUp(over ? "confirmed" : "settling", "draining");
};

const starting: Row = (c) => {
  const dispute = disputeUp(c);
  const failure = c.memory.failure;
  if (dispute === null || dispute.startingSince === null || failure?.httpStatus == null) return null;
  const since = Math.max(dispute.startingSince, c.memory.haltedUntil);
  return c.now - since < policyOf(c).startGraceMs ? falseUp("settling", "starting") : null;
};

const neverNoticed: Row = (c) => {
  const { memory, around, now } = c;
  const failure = memory.failure;
  if (disputeUp(c) === null || failure === null || canNotice(c.reach, failure.stage)) return null;
  if (around.blind && mayBeOurPath(failure) && !isConfirmed(memory)) return plain("unknown", "prober-blind");
  const confirmation = confirmNever(memory, c.reach, policyOf(c), around, now);
  switch (confirmation.kind) {
    case "confirmed":
      return falseUp("confirmed", failure.fault);
    case "path-differs":
      return plain("unknown", pathReason(memory));
    case "needs-view":
      return { ...falseUp("suspected", failure.fault), needsView: true };
    case "waits":
      return falseUp("suspected", failure.fault);
  }
};

const noticedInTime: Row = (c) => {
  const { memory, around, now } = c;
  const dispute = disputeUp(c);
  const failure = memory.failure;
  if (dispute === null || failure === null) return null;
  const traffic = failure.stage === "connect" ? trafficWord(memory.traffic, now) : null;
  const over = now >= graceEndsAt(memory, dispute, c.view.check, policyOf(c).graceMs);
  if (failure.stage === "answer") {
    // HAProxy's check reaches the application and passes: it asks something else.
    return over ? falseUp("confirmed", "check-asks-something-else") : falseUp("settling", failure.fault);
  }
  if (traffic === "works") return plain("unknown", pathReason(memory));
  if (over && traffic === "fails") return falseUp("confirmed", failure.fault);
  if (around.blind && mayBeOurPath(failure)) {
    // Blindness holds the clock, so that it begins anew afterwards; how long it lasts itself is counted without that.
    const sinceBegin = { ...memory, haltedUntil: dispute.beganAt };
    const outlasted = now >= graceEndsAt(sinceBegin, dispute, c.view.check, policyOf(c).graceMs);
    return outlasted ? plain("unknown", "prober-blind") : falseUp("settling", failure.fault);
  }
  return over ? plain("unknown", pathReason(memory)) : falseUp("settling", failure.fault);
};

const falseDown: Row = (c) => {
  const { memory, now, view } = c;
  const { dispute } = memory;
  if (dispute?.side !== "false-down") return null;
  const over = now >= graceEndsAt(memory, dispute, view.check, policyOf(c).graceMs);
  return { verdict: "false-down", phase: over ? "confirmed" : "settling", reason: authorOfDown(c), needsView: false };
};

/** The table of the design, in its order. */
const ROWS: readonly Row[] = [
  stale,
  outOfService,
  noTarget,
  pending,
  unverified,
  denied,
  mute,
  agreeUp,
  agreeDown,
  unprovenGuess,
  draining,
  starting,
  neverNoticed,
  noticedInTime,
  falseDown,
];

/** Who says that a server is DOWN although it passes our probe. */
function authorOfDown({ memory, view, around }: Case): Reason {
  const { check, deniedInSpell } = around.followed ?? { check: view.check, deniedInSpell: memory.deniedInSpell };
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
export function mayBeOurPath(failure: ProbeResult): boolean {
  return failure.stage === "connect" || (failure.stage === "tls" && failure.kind === "timed-out");
}

function pathReason(memory: ServerMemory): Reason {
  return memory.everReached ? "path-differs" : "never-reached";
}

function isConfirmed(memory: ServerMemory): boolean {
  return memory.verdict === "false-up" && memory.phase === "confirmed";
}

function disputeUp({ memory }: Case): Dispute | null {
  return memory.dispute?.side === "false-up" ? memory.dispute : null;
}

function policyOf({ assignment }: Case): Assignment["policy"] {
  return assignment.policy;
}

function falseUp(phase: Phase, reason: Reason | null): Decision {
  return { verdict: "false-up", phase, reason, needsView: false };
}

function plain(verdict: Verdict, reason: Reason | null): Decision {
  return { verdict, phase: null, reason, needsView: false };
}
