import type { ProbeResult } from "../contract/probe-result.ts";
import type { Assignment } from "../contract/target.ts";
import type { CheckDepth } from "../contract/verdict.ts";
import type { ServerView } from "../contract/view.ts";
import { checkReach } from "./depth.ts";
import { updateDispute } from "./dispute.ts";
import { NOTHING_SEEN, type ServerMemory } from "./memory.ts";
import { observeProbe } from "./observe-probe.ts";
import { observeView, type SeenView } from "./observe-view.ts";
import { ALONE, type Surroundings } from "./surroundings.ts";
import { type Decision, decide, mayBeOurPath } from "./verdict-table.ts";

/** What the judge says, what it will remember, and what it would like to see next. */
export interface Judgement {
  readonly next: ServerMemory;
  /** Verdict, phase or reason became another. */
  readonly changed: boolean;
  /** A poll of this backend right now could decide. */
  readonly wantsView: boolean;
  /** A further probe soon could decide. */
  readonly wantsProbe: boolean;
}

/**
 * Judges one server. Pure: same values in, same values out; `now` and all times are monotonic milliseconds.
 * `probes` are the newest results of each vantage, today one.
 */
export function judgeServer(
  previous: ServerMemory | null,
  seen: SeenView,
  probes: readonly ProbeResult[],
  assignment: Assignment,
  now: number,
  around: Surroundings = ALONE,
): Judgement {
  const before = previous ?? NOTHING_SEEN;
  let memory = halt(observeView(before, seen, around.epoch), around, now);
  const context = {
    guessed: assignment.kind === "target" && assignment.target.guessed,
    rise: assignment.policy.rise,
    pausedUntil: around.pausedUntil,
  };
  for (const result of probes) memory = observeProbe(memory, result, context);
  if (!around.stale) memory = updateDispute(memory);

  const reach = checkReach(seen.view, memory, knownDepth(memory, seen.view, around), around.followed);
  const decision = decide({ memory, view: seen.view, assignment, around, reach, now });
  const next = remember(memory, decision, now);
  return {
    next,
    changed: next.verdict !== before.verdict || next.phase !== before.phase || next.reason !== before.reason,
    wantsView: decision.needsView,
    wantsProbe: isUndecided(next) || (next.result !== before.result && next.opinion.kind !== before.opinion.kind),
  };
}

/** How far HAProxy's check looks, as far as anybody has seen it. */
function knownDepth(memory: ServerMemory, view: ServerView, around: Surroundings): CheckDepth | null {
  return view.tracked === null ? (memory.depth ?? around.siblingDepth) : (around.followed?.depth ?? null);
}

/** While nothing can be concluded the clocks stand still. */
function halt(memory: ServerMemory, around: Surroundings, now: number): ServerMemory {
  const blinded = around.blind && memory.failure !== null && mayBeOurPath(memory.failure);
  if (around.stale || blinded) return { ...memory, haltedUntil: now };
  if (around.pausedUntil > memory.haltedUntil) return { ...memory, haltedUntil: around.pausedUntil };
  return memory;
}

/** A confirmed mismatch does not fall back because HAProxy's code or the failure flickers. */
function remember(memory: ServerMemory, decision: Decision, now: number): ServerMemory {
  const stays = decision.verdict === memory.verdict && memory.since !== NOTHING_SEEN.since;
  const phase = stays && memory.phase === "confirmed" && decision.phase !== null ? "confirmed" : decision.phase;
  const since = stays ? memory.since : phase !== null && memory.dispute !== null ? memory.dispute.beganAt : now;
  const { verdict, reason } = decision;
  const same =
    memory.verdict === verdict && memory.phase === phase && memory.reason === reason && memory.since === since;
  return same ? memory : { ...memory, verdict, phase, reason, since };
}

function isUndecided(memory: ServerMemory): boolean {
  return memory.phase === "suspected" || memory.phase === "settling";
}
