import type { ProbeResult } from "../contract/probe-result.ts";
import type { Reason } from "../contract/reason.ts";
import type { Assignment } from "../contract/target.ts";
import type { CheckDepth } from "../contract/verdict.ts";
import type { ServerView } from "../contract/view.ts";
import { resolveCoverage } from "./check-depth.ts";
import { updateDisagreement } from "./disagreement.ts";
import { type DecisionMemory, INITIAL_MEMORY, type ServerMemory } from "./server-memory.ts";
import { observeProbe } from "./observe-probe.ts";
import { observeView, type TimedView } from "./observe-view.ts";
import { NO_CONTEXT, type JudgeContext } from "./judge-context.ts";
import { isPathSuspect } from "./path-suspicion.ts";
import { type Decision, decideVerdict } from "./verdict-table.ts";

/** The new memory with its decision, and which evidence could decide more. */
export interface Judgement {
  readonly next: ServerMemory;
  /** Verdict, phase or reason changed. */
  readonly changed: boolean;
  /** A poll of this backend right now could decide. */
  readonly needsPoll: boolean;
  /** A further probe soon could decide. */
  readonly needsProbe: boolean;
}

/**
 * Judges one server. Pure: same values in, same values out; `now` and all times are monotonic milliseconds.
 * `probes` are the newest results of each vantage, today one.
 */
export function judgeServer(
  previous: ServerMemory | null,
  seen: TimedView,
  probes: readonly ProbeResult[],
  assignment: Assignment,
  now: number,
  context: JudgeContext = NO_CONTEXT,
): Judgement {
  const before = previous ?? INITIAL_MEMORY;
  let memory = holdClocks(observeView(before, seen, context.epoch), context, now);
  const reading = {
    guessed: assignment.kind === "target" && assignment.target.guessed,
    rise: assignment.policy.rise,
    pausedUntil: context.pausedUntil,
  };
  for (const result of probes) memory = observeProbe(memory, result, reading);
  if (!context.isStale) memory = updateDisagreement(memory);

  const coverage = resolveCoverage(
    seen.view,
    memory.check,
    resolveDepth(memory, seen.view, context),
    context.trackedCheck,
    assignment.kind === "target" ? assignment.otherPort : undefined,
  );
  const decision = decideVerdict({ memory, view: seen.view, assignment, context, coverage, now });
  const next = dropExcused(applyDecision(memory, decision, now));
  return {
    next,
    changed: !isSameDecision(next.decision, before.decision),
    // What is confirmed stays so until HAProxy says something else, which the next poll in its interval shows.
    needsPoll: decision.needsPoll && next.decision.phase !== "confirmed",
    needsProbe:
      isUndecided(next) ||
      (next.probe.result !== before.probe.result && next.probe.assessment.kind !== before.probe.assessment.kind),
  };
}

const EXCUSES: ReadonlySet<Reason | null> = new Set<Reason | null>(["draining", "starting", "probe-stale"]);

/** Failures that a drain or a start excuses, or from before a gap in our probes, count for nothing later. */
function dropExcused(memory: ServerMemory): ServerMemory {
  const { probe, decision } = memory;
  const isExcused = EXCUSES.has(decision.reason) && decision.phase !== "confirmed";
  if (!isExcused || probe.consecutiveFailures.length === 0) return memory;
  return { ...memory, probe: { ...probe, consecutiveFailures: INITIAL_MEMORY.probe.consecutiveFailures } };
}

/** How far HAProxy's check was seen to look; null before that. */
function resolveDepth(memory: ServerMemory, view: ServerView, context: JudgeContext): CheckDepth | null {
  return view.tracked === null ? (memory.check.depth ?? context.siblingDepth) : (context.trackedCheck?.depth ?? null);
}

/** Holds the clocks while nothing can be concluded. */
function holdClocks(memory: ServerMemory, context: JudgeContext, now: number): ServerMemory {
  const blinded = context.isBlind && isPathSuspect(memory.probe);
  if (context.isStale || blinded) return { ...memory, clocksHeldUntil: now };
  if (context.pausedUntil > memory.clocksHeldUntil) return { ...memory, clocksHeldUntil: context.pausedUntil };
  return memory;
}

/** Keeps the verdict. A confirmed mismatch does not fall back because HAProxy's code or the failure flickers. */
function applyDecision(
  memory: ServerMemory,
  { verdict, phase: decided, reason, withdraws }: Decision,
  now: number,
): ServerMemory {
  const before = memory.decision;
  const stays = verdict === before.verdict && before.since !== INITIAL_MEMORY.decision.since;
  const phase = stays && before.phase === "confirmed" && decided !== null && !withdraws ? "confirmed" : decided;
  const begins = phase !== null && memory.disagreement !== null ? memory.disagreement.beganAt : now;
  const since = stays ? before.since : begins;
  if (stays && before.phase === phase && before.reason === reason) return memory;
  return { ...memory, decision: { verdict, phase, reason, since } };
}

function isSameDecision(a: DecisionMemory, b: DecisionMemory): boolean {
  return a === b || (a.verdict === b.verdict && a.phase === b.phase && a.reason === b.reason);
}

function isUndecided({ decision }: ServerMemory): boolean {
  return decision.phase === "suspected" || decision.phase === "settling";
}
