import { BOUNDS } from "../bounds.ts";
import type { JudgePolicy } from "../contract/target.ts";
import type { ServerMemory } from "./server-memory.ts";

/**
 * Milliseconds between two moves of a server's health while HAProxy counts: what its check really takes from one result to
 * the next. Null where nothing moved, or where it had come to rest in between (full health, or none).
 */
export function measureHealthGapMs(before: ServerMemory, now: ServerMemory): number | null {
  const movedAt = Math.max(now.check.healthFellAt, now.check.healthRoseAt);
  const lastAt = Math.max(before.check.healthFellAt, before.check.healthRoseAt);
  if (movedAt <= lastAt || lastAt === Number.NEGATIVE_INFINITY || before.haproxy.epoch !== now.haproxy.epoch)
    return null;
  return before.check.isHealthInTransition ? movedAt - lastAt : null;
}

/** The grace that a server is judged with: `auto` gives a slow check twice its longest gap, at least the rule's own. */
export function effectiveGraceMs(policy: JudgePolicy, longestGapMs: number): number {
  if (!policy.learnsGrace) return policy.graceMs;
  return Math.max(policy.graceMs, Math.min(2 * longestGapMs, BOUNDS.graceLearntMaxMs));
}
