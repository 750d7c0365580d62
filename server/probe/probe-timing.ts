import { BOUNDS } from "../bounds.ts";

/** A target's offset in every interval, 0 … 1, from its key alone (FNV-1a), so that a restart does not change it. */
export function intervalOffset(key: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i += 1) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  // The last byte hardly affects FNV-1a's high bits; without mixing, keys that differ at their end get similar offsets.
  hash = Math.imul(hash ^ (hash >>> 16), 0x45d9f3b);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}

/** Tolerance for floating-point error on the grid. */
const GRID_EPSILON = 1e-6;

/** The first time after `after` on the grid of an interval and its offset (0 … 1); a fixed grid does not drift. */
export function nextGridTime(after: number, everyMs: number, offset: number): number {
  const offsetMs = offset * everyMs;
  return (Math.floor((after - offsetMs) / everyMs + GRID_EPSILON) + 1) * everyMs + offsetMs;
}

/** Moves a slot by up to ±5 % of the interval, so that several vantages do not probe in lockstep. */
export function withJitter(slot: number, everyMs: number, random: () => number): number {
  return slot + (random() * 2 - 1) * BOUNDS.probeJitter * everyMs;
}
