import { setTimeout as pause } from "node:timers/promises";
import type { Fleet } from "./fleet.ts";

/** Golden ratio: every fault falls into another part of the second, evenly, in any number of them. */
const GOLDEN_RATIO = 0.618_034;

/**
 * Breaks `count` stand-ins, about `everyMs` apart, and mends them when all were noticed. Gives the milliseconds from the
 * moment in which each began to answer 500 to the one that `noticed` says. Another `shift` (0 … 1) takes other stand-ins.
 */
export async function measureDetectionLatency(
  fleet: Fleet,
  count: number,
  everyMs: number,
  noticed: (name: string) => Promise<number>,
  shift = 0,
): Promise<number[]> {
  const times: Promise<number>[] = [];
  const broken: number[] = [];
  try {
    for (let fault = 0; fault < count; fault += 1) {
      // All over the fleet, and never the same one twice.
      const index = Math.floor(((fault + shift) * fleet.endpoints.length) / count);
      await pause(everyMs * (0.5 + ((fault * GOLDEN_RATIO) % 1)));
      const told = noticed(fleet.nameOf(index));
      // A wait that fails is looked at below, with the others.
      told.catch(() => {});
      broken.push(index);
      const at = await fleet.standIns.setHealthy(index, false);
      times.push(told.then((when) => when - at));
    }
    return await Promise.all(times);
  } finally {
    for (const index of broken) await fleet.standIns.setHealthy(index, true);
  }
}
