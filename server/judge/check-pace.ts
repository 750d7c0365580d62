import { BOUNDS } from "../bounds.ts";
import type { JudgePolicy } from "../contract/target.ts";
import { type CheckThresholds, isCheckCounting } from "./grace-deadline.ts";
import type { ServerMemory } from "./server-memory.ts";

/** How often the checks of one backend were seen to run, milliseconds. */
export interface CheckPace {
  /** Longest time from one step of a server's health to the next; 0 before one was seen. */
  readonly longestStepMs: number;
  /** Shortest time between two signs of a check of one server at full health, and at none; Infinity before two were seen. */
  readonly shortestUpGapMs: number;
  readonly shortestDownGapMs: number;
  /** Longest time from our first failed probe to the first step of health; 0 before one was seen. */
  readonly longestDelayMs: number;
}

export const UNKNOWN_PACE: CheckPace = {
  longestStepMs: 0,
  shortestUpGapMs: Number.POSITIVE_INFINITY,
  shortestDownGapMs: Number.POSITIVE_INFINITY,
  longestDelayMs: 0,
};

/** Adds what two memories of one server, one after the other, show; returns the same pace where they show nothing new. */
export function observePace(pace: CheckPace, before: ServerMemory, now: ServerMemory): CheckPace {
  if (before.check === now.check || before.haproxy.epoch !== now.haproxy.epoch) return pace;
  const isUp = before.haproxy.belief.kind === "up";
  const stepMs = measureStepMs(before, now);
  const gapMs = measureGapMs(before, now);
  const delayMs = measureDelayMs(before, now);
  const knownGapMs = isUp ? pace.shortestUpGapMs : pace.shortestDownGapMs;
  if (stepMs <= pace.longestStepMs && gapMs >= knownGapMs && delayMs <= pace.longestDelayMs) return pace;
  return {
    longestStepMs: Math.max(stepMs, pace.longestStepMs),
    shortestUpGapMs: isUp ? Math.min(gapMs, pace.shortestUpGapMs) : pace.shortestUpGapMs,
    shortestDownGapMs: isUp ? pace.shortestDownGapMs : Math.min(gapMs, pace.shortestDownGapMs),
    longestDelayMs: Math.max(delayMs, pace.longestDelayMs),
  };
}

/** Health that had come to rest in between, full or none, shows no step's length. */
function measureStepMs({ check: before }: ServerMemory, { check: now }: ServerMemory): number {
  const movedAt = lastStepAt(now);
  const lastAt = lastStepAt(before);
  return movedAt > lastAt && before.isHealthInTransition && Number.isFinite(lastAt) ? movedAt - lastAt : 0;
}

/** `fastinter` applies while health moves, so gaps count while it rests only. */
function measureGapMs({ check: before, haproxy }: ServerMemory, { check: now, haproxy: after }: ServerMemory): number {
  const isResting = !before.isHealthInTransition && !now.isHealthInTransition;
  const isKnown = now.activityAt > before.activityAt && Number.isFinite(before.activityAt);
  const isSame = haproxy.belief.kind === after.belief.kind && before.health === now.health;
  return isResting && isKnown && isSame ? now.activityAt - before.activityAt : Number.POSITIVE_INFINITY;
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

/** What HAProxy's check does while it has not agreed with our probe. */
export type CheckMotion = "resting-up" | "resting-down" | "counting";

/** What the check does about the present disagreement. */
export function checkMotion({ check, disagreement }: ServerMemory, thresholds: CheckThresholds): CheckMotion {
  const isFalseUp = disagreement?.verdict === "false-up";
  if (isCheckCounting(check.health, isFalseUp, thresholds)) return "counting";
  return isFalseUp ? "resting-up" : "resting-down";
}

/** True where the grace of this policy does not have to wait until the pace of the checks is seen. */
export function isGraceKnown({ learnsGrace }: JudgePolicy, pace: CheckPace, motion: CheckMotion): boolean {
  return !learnsGrace || knownPaceMs(pace, motion) > 0;
}

/**
 * The grace that a server is judged with, milliseconds. `auto` gives a slow check twice its pace, at least the rule's
 * own; before the pace is known, four times that.
 */
export function effectiveGraceMs(policy: JudgePolicy, pace: CheckPace, motion: CheckMotion): number {
  const { graceMs, learnsGrace } = policy;
  if (!learnsGrace) return graceMs;
  const paceMs = knownPaceMs(pace, motion);
  const learntMs = Math.min(2 * Math.max(paceMs, pace.longestDelayMs), BOUNDS.graceLearntMaxMs);
  return Math.max(paceMs > 0 ? graceMs : BOUNDS.graceAtMost * graceMs, learntMs);
}

/** 0 where it is not known. While health rests, steps show nothing: `fastinter` may be shorter than `inter`. */
function knownPaceMs(pace: CheckPace, motion: CheckMotion): number {
  if (motion === "counting") return pace.longestStepMs;
  const gapMs = motion === "resting-up" ? pace.shortestUpGapMs : pace.shortestDownGapMs;
  return Number.isFinite(gapMs) ? Math.max(gapMs, pace.longestStepMs) : 0;
}
