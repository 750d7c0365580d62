import type { ProbeResult } from "../contract/probe-result.ts";
import type { Assignment } from "../contract/target.ts";
import type { CheckDepth } from "../contract/verdict.ts";
import type { ServerView } from "../contract/view.ts";
import { resolveCoverage } from "./check-depth.ts";
import { updateDisagreement } from "./disagreement.ts";
import { INITIAL_MEMORY, type ServerMemory } from "./server-memory.ts";
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

  const reach = resolveCoverage(seen.view, memory, resolveDepth(memory, seen.view, around), around.trackedCheck);
  const decision = decideVerdict({ memory, view: seen.view, assignment, context: around, coverage: reach, now });
  const next = applyDecision(memory, decision, now);
  return {
    next,
    changed: next.verdict !== before.verdict || next.phase !== before.phase || next.reason !== before.reason,
    needsPoll: decision.needsPoll,
    needsProbe: isUndecided(next) || (next.result !== before.result && next.assessment.kind !== before.assessment.kind),
  };
}

/** How far HAProxy's check looks, as far as anybody has seen it. */
function resolveDepth(memory: ServerMemory, view: ServerView, around: JudgeContext): CheckDepth | null {
  return view.tracked === null ? (memory.depth ?? around.siblingDepth) : (around.trackedCheck?.depth ?? null);
}

/** While nothing can be concluded the clocks stand still. */
function holdClocks(memory: ServerMemory, around: JudgeContext, now: number): ServerMemory {
  const blinded = around.isBlind && memory.failure !== null && mayBePathFault(memory.failure);
  if (around.isStale || blinded) return { ...memory, clocksHeldUntil: now };
  if (around.pausedUntil > memory.clocksHeldUntil) return { ...memory, clocksHeldUntil: around.pausedUntil };
  return memory;
}

/** A confirmed mismatch does not fall back because HAProxy's code or the failure flickers. */
function applyDecision(memory: ServerMemory, decision: Decision, now: number): ServerMemory {
  const stays = decision.verdict === memory.verdict && memory.since !== INITIAL_MEMORY.since;
  const phase = stays && memory.phase === "confirmed" && decision.phase !== null ? "confirmed" : decision.phase;
  const since = stays
    ? memory.since
    : phase !== null && memory.disagreement !== null
      ? memory.disagreement.beganAt
      : now;
  const { verdict, reason } = decision;
  const same =
    memory.verdict === verdict && memory.phase === phase && memory.reason === reason && memory.since === since;
  return same ? memory : { ...memory, verdict, phase, reason, since };
}

function isUndecided(memory: ServerMemory): boolean {
  return memory.phase === "suspected" || memory.phase === "settling";
}
