import type { ProbeResult } from "../contract/probe-result.ts";
import type { Assignment } from "../contract/target.ts";
import type { CheckDepth } from "../contract/verdict.ts";
import type { ServerView } from "../contract/view.ts";
import { resolveCoverage } from "./check-depth.ts";
import { updateDisagreement } from "./disagreement.ts";
import { type DecisionMemory, INITIAL_MEMORY, type ServerMemory } from "./server-memory.ts";
import { observeProbe } from "./observe-probe.ts";
import { observeView, type TimedView } from "./observe-view.ts";
import { NO_CONTEXT, type JudgeContext } from "./judge-context.ts";
import { type Decision, decideVerdict, mayBePathFault } from "./verdict-table.ts";

/** What the judge says, what it will remember, and what it would like to see next. */
export interface Judgement {
  readonly next: ServerMemory;
  /** Verdict, phase or reason became another. */
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
  around: JudgeContext = NO_CONTEXT,
): Judgement {
  const before = previous ?? INITIAL_MEMORY;
  let memory = holdClocks(observeView(before, seen, around.epoch), around, now);
  const context = {
    guessed: assignment.kind === "target" && assignment.target.guessed,
    rise: assignment.policy.rise,
    pausedUntil: around.pausedUntil,
  };
  for (const result of probes) memory = observeProbe(memory, result, context);
  if (!around.isStale) memory = updateDisagreement(memory);

  const reach = resolveCoverage(seen.view, memory.check, resolveDepth(memory, seen.view, around), around.trackedCheck);
  const decision = decideVerdict({ memory, view: seen.view, assignment, context: around, coverage: reach, now });
  const next = applyDecision(memory, decision, now);
  return {
    next,
    changed: !isSameDecision(next.decision, before.decision),
    needsPoll: decision.needsPoll,
    needsProbe:
      isUndecided(next) ||
      (next.probe.result !== before.probe.result && next.probe.assessment.kind !== before.probe.assessment.kind),
  };
}

/** How far HAProxy's check looks, as far as anybody has seen it. */
function resolveDepth(memory: ServerMemory, view: ServerView, around: JudgeContext): CheckDepth | null {
  return view.tracked === null ? (memory.check.depth ?? around.siblingDepth) : (around.trackedCheck?.depth ?? null);
}

/** While nothing can be concluded the clocks stand still. */
function holdClocks(memory: ServerMemory, around: JudgeContext, now: number): ServerMemory {
  const blinded = around.isBlind && memory.probe.failure !== null && mayBePathFault(memory.probe.failure);
  if (around.isStale || blinded) return { ...memory, clocksHeldUntil: now };
  if (around.pausedUntil > memory.clocksHeldUntil) return { ...memory, clocksHeldUntil: around.pausedUntil };
  return memory;
}

/** Keeps the verdict. A confirmed mismatch does not fall back because HAProxy's code or the failure flickers. */
function applyDecision(memory: ServerMemory, { verdict, phase: decided, reason }: Decision, now: number): ServerMemory {
  const before = memory.decision;
  const stays = verdict === before.verdict && before.since !== INITIAL_MEMORY.decision.since;
  const phase = stays && before.phase === "confirmed" && decided !== null ? "confirmed" : decided;
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
