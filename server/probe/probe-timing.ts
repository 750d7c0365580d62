import { BOUNDS } from "../bounds.ts";

/** A target's own place in every interval, 0 … 1, from its key alone (FNV-1a), so that a restart does not move it. */
export function intervalOffset(key: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i += 1) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  // The last byte of FNV-1a reaches the high bits too little: keys that differ at their end must not be neighbours.
  hash = Math.imul(hash ^ (hash >>> 16), 0x45d9f3b);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}

/** Counting on a fixed grid lets no lateness pile up; this much is lost to fractions of a millisecond. */
const GRID_EPSILON = 1e-6;

/** The first moment after `after` at which a target with this phase has its turn, on the grid of its interval. */
export function nextGridTime(after: number, everyMs: number, phase: number): number {
  const offset = phase * everyMs;
  return (Math.floor((after - offset) / everyMs + GRID_EPSILON) + 1) * everyMs + offset;
}

/** The slot moved by up to 5 % of the interval: probes of many vantages must not march in step. */
export function withJitter(slot: number, everyMs: number, random: () => number): number {
  return slot + (random() * 2 - 1) * BOUNDS.probeJitter * everyMs;
}
