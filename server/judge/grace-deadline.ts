import { BOUNDS } from "../bounds.ts";
import type { Disagreement, ServerMemory } from "./server-memory.ts";

/** What the clock of HAProxy's own check needs to know of a view. */
export interface CheckThresholds {
  readonly rise: number | null;
  readonly fall: number | null;
}

/** When HAProxy's own check has had its chance, monotonic milliseconds. */
export function graceEndsAt(
  memory: ServerMemory,
  dispute: Disagreement,
  bounds: CheckThresholds,
  graceMs: number,
): number {
  const moved = dispute.verdict === "false-up" ? memory.check.healthFellAt : memory.check.healthRoseAt;
  // Clients that got through until then say that HAProxy had nothing to notice before.
  const clients = memory.traffic?.failingSince ?? Number.NEGATIVE_INFINITY;
  const start = Math.max(
    dispute.beganAt,
    dispute.stageSince,
    moved,
    clients,
    memory.check.verifiedAt,
    memory.clocksHeldUntil,
  );
  const length = isCheckCounting(memory, dispute, bounds) ? 2 * graceMs : graceMs;
  return Math.min(start + length, graceLimit(memory, dispute, graceMs));
}

/** The last moment up to which a disagreement that HAProxy can notice is excused, however its check wavers. */
export function graceLimit(memory: ServerMemory, dispute: Disagreement, graceMs: number): number {
  return Math.max(dispute.beganAt, memory.clocksHeldUntil) + BOUNDS.graceAtMost * graceMs;
}

function isCheckCounting(memory: ServerMemory, dispute: Disagreement, { rise, fall }: CheckThresholds): boolean {
  if (memory.check.health === null || rise === null || fall === null) return false;
  return dispute.verdict === "false-up" ? memory.check.health < rise + fall - 1 : memory.check.health > 0;
}
