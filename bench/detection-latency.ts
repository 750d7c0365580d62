import { setTimeout as pause } from "node:timers/promises";
import type { Fleet } from "./fleet.ts";

/** Multiples of the golden ratio spread the faults evenly over the second, whatever their number. */
const GOLDEN_RATIO = 0.618_034;

/**
 * Breaks `count` stand-ins, about `everyMs` apart, and heals them when all were detected. Returns the milliseconds from
 * the first answer 500 of each to the wall clock that `detected` resolves with. `shift` (0 … 1) selects other stand-ins.
 */
export async function measureDetectionLatency(
  fleet: Fleet,
  count: number,
  everyMs: number,
  detected: (name: string) => Promise<number>,
  shift = 0,
): Promise<number[]> {
  const times: Promise<number>[] = [];
  const broken: number[] = [];
  try {
    for (let fault = 0; fault < count; fault += 1) {
      // Spread over the fleet, each stand-in at most once.
      const index = Math.floor(((fault + shift) * fleet.endpoints.length) / count);
      await pause(everyMs * (0.5 + ((fault * GOLDEN_RATIO) % 1)));
      const detection = detected(fleet.nameOf(index));
      // A rejection is handled by the Promise.all below.
      detection.catch(() => {});
      broken.push(index);
      const at = await fleet.standIns.setHealthy(index, false);
      times.push(detection.then((when) => when - at));
    }
    return await Promise.all(times);
  } finally {
    for (const index of broken) await fleet.standIns.setHealthy(index, true);
  }
}
