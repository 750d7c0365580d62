import { BOUNDS } from "../bounds.ts";
import type { Dispute, ServerMemory } from "./memory.ts";

/** What the clock of HAProxy's own check needs to know of a view. */
export interface HealthBounds {
  readonly rise: number | null;
  readonly fall: number | null;
}

/** When HAProxy's own check has had its chance, monotonic milliseconds. */
export function graceEndsAt(memory: ServerMemory, dispute: Dispute, bounds: HealthBounds, graceMs: number): number {
  const moved = dispute.side === "false-up" ? memory.healthFellAt : memory.healthRoseAt;
  // Clients that got through until then say that HAProxy had nothing to notice before.
  const clients = memory.traffic?.failingSince ?? Number.NEGATIVE_INFINITY;
  const start = Math.max(dispute.beganAt, dispute.stageSince, moved, clients, memory.verifiedAt, memory.haltedUntil);
  const length = isCounting(memory, dispute, bounds) ? 2 * graceMs : graceMs;
  return Math.min(start + length, graceLimit(memory, dispute, graceMs));
}

/** The last moment up to which a disagreement that HAProxy can notice is excused, however its check wavers. */
export function graceLimit(memory: ServerMemory, dispute: Dispute, graceMs: number): number {
  return Math.max(dispute.beganAt, memory.haltedUntil) + BOUNDS.graceAtMost * graceMs;
}

function isCounting(memory: ServerMemory, dispute: Dispute, { rise, fall }: HealthBounds): boolean {
  if (memory.health === null || rise === null || fall === null) return false;
  return dispute.side === "false-up" ? memory.health < rise + fall - 1 : memory.health > 0;
}
