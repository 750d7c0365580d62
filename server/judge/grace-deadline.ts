import { BOUNDS } from "../bounds.ts";
import type { Disagreement, ServerMemory } from "./server-memory.ts";

/** Limits of HAProxy's counting; null where the view has none. */
export interface CheckThresholds {
  readonly rise: number | null;
  readonly fall: number | null;
}

/** When the time ends that HAProxy's own check is given to notice, monotonic milliseconds. */
export function graceEndsAt(
  memory: ServerMemory,
  disagreement: Disagreement,
  thresholds: CheckThresholds,
  graceMs: number,
): number {
  const { haproxy, check, traffic, clocksHeldUntil } = memory;
  const isFalseUp = disagreement.verdict === "false-up";
  const movedAt = isFalseUp ? check.healthFellAt : check.healthRoseAt;
  const movedBackAt = isFalseUp ? check.healthRoseAt : check.healthFellAt;
  // While clients still connected there was nothing for HAProxy to notice.
  const clientsFailSince = traffic?.failingSince ?? Number.NEGATIVE_INFINITY;
  const { beganAt, stageSince } = disagreement;
  // A reload ends the checks that run: what a state file restores is the result of an earlier process.
  const checksRunSince = Math.max(haproxy.epochSince, check.verifiedAt);
  const start = Math.max(beganAt, stageSince, movedAt, clientsFailSince, checksRunSince, clocksHeldUntil);
  if (!isCheckCounting(check.health, isFalseUp, thresholds)) {
    return Math.min(start + graceMs, graceLimit(memory, disagreement, graceMs));
  }
  // Health that only moves towards what our probe says gets there in rise + fall steps; one that goes back and forth is cut off.
  const isSteady = movedAt >= beganAt && movedBackAt < beganAt;
  const end = start + 2 * graceMs;
  return isSteady ? end : Math.min(end, graceLimit(memory, disagreement, graceMs));
}

/** The last moment up to which a disagreement that HAProxy can notice is excused while its health goes back and forth, or HAProxy is reloaded. */
export function graceLimit(memory: ServerMemory, disagreement: Disagreement, graceMs: number): number {
  return Math.max(disagreement.beganAt, memory.clocksHeldUntil) + BOUNDS.graceAtMost * graceMs;
}

/** True where HAProxy's check has begun to see what we see. */
export function isCheckCounting(health: number | null, isFalseUp: boolean, { rise, fall }: CheckThresholds): boolean {
  if (health === null || rise === null || fall === null) return false;
  return isFalseUp ? health < rise + fall - 1 : health > 0;
}
