import { BOUNDS } from "../bounds.ts";
import type { JudgePolicy } from "../contract/target.ts";
import type { ServerMemory } from "./server-memory.ts";

/** How often the checks of one backend were seen to run, milliseconds. */
export interface CheckPace {
  /** Longest time from one step of a server's health to the next; 0 before one was seen. */
  readonly longestStepMs: number;
  /** Shortest time between two signs of a check of one server at full health; Infinity before two were seen. */
  readonly shortestGapMs: number;
  /** Longest time from our first failed probe to the first step of health; 0 before one was seen. */
  readonly longestDelayMs: number;
}

export const UNKNOWN_PACE: CheckPace = {
  longestStepMs: 0,
  shortestGapMs: Number.POSITIVE_INFINITY,
  longestDelayMs: 0,
};

/** Adds what two memories of one server, one after the other, show; returns the same pace where they show nothing new. */
export function observePace(pace: CheckPace, before: ServerMemory, now: ServerMemory): CheckPace {
  if (before.check === now.check || before.haproxy.epoch !== now.haproxy.epoch) return pace;
  const stepMs = measureStepMs(before, now);
  const gapMs = measureGapMs(before, now);
  const delayMs = measureDelayMs(before, now);
  if (stepMs <= pace.longestStepMs && gapMs >= pace.shortestGapMs && delayMs <= pace.longestDelayMs) return pace;
  return {
    longestStepMs: Math.max(stepMs, pace.longestStepMs),
    shortestGapMs: Math.min(gapMs, pace.shortestGapMs),
    longestDelayMs: Math.max(delayMs, pace.longestDelayMs),
  };
}

/** Health that had come to rest in between, full or none, shows no step's length. */
function measureStepMs({ check: before }: ServerMemory, { check: now }: ServerMemory): number {
  const movedAt = lastStepAt(now);
  const lastAt = lastStepAt(before);
  return movedAt > lastAt && before.isHealthInTransition && Number.isFinite(lastAt) ? movedAt - lastAt : 0;
}

function measureGapMs({ check: before, haproxy }: ServerMemory, { check: now }: ServerMemory): number {
  const isResting = haproxy.belief.kind === "up" && !before.isHealthInTransition && !now.isHealthInTransition;
  const isKnown = now.activityAt > before.activityAt && Number.isFinite(before.activityAt);
  return isResting && isKnown ? now.activityAt - before.activityAt : Number.POSITIVE_INFINITY;
}

/** A check that starts to fail long after our probe looks at something else: that shows no pace. */
function measureDelayMs({ check: before, disagreement }: ServerMemory, { check: now }: ServerMemory): number {
  if (disagreement?.verdict !== "false-up" || now.healthFellAt <= before.healthFellAt) return 0;
  const delayMs = before.isHealthInTransition ? 0 : now.healthFellAt - disagreement.stageSince;
  return delayMs <= BOUNDS.graceAtMost * BOUNDS.graceMs ? delayMs : 0;
}

function lastStepAt({ healthFellAt, healthRoseAt }: ServerMemory["check"]): number {
  return Math.max(healthFellAt, healthRoseAt);
}

/** True where the grace of this policy does not wait for the pace of the checks to be seen. */
export function isGraceKnown({ learnsGrace }: JudgePolicy, pace: CheckPace): boolean {
  return !learnsGrace || pace.longestStepMs > 0 || Number.isFinite(pace.shortestGapMs);
}

/**
 * The grace that a server is judged with, milliseconds. `auto` gives a slow check twice its pace, at least the rule's
 * own; before the pace is known, four times that.
 */
export function effectiveGraceMs(policy: JudgePolicy, pace: CheckPace): number {
  const { graceMs, learnsGrace } = policy;
  if (!learnsGrace) return graceMs;
  const gapMs = Number.isFinite(pace.shortestGapMs) ? pace.shortestGapMs : 0;
  const learntMs = Math.min(2 * Math.max(pace.longestStepMs, gapMs, pace.longestDelayMs), BOUNDS.graceLearntMaxMs);
  return Math.max(isGraceKnown(policy, pace) ? graceMs : BOUNDS.graceAtMost * graceMs, learntMs);
}
