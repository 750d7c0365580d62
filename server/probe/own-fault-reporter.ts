import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";

/** Told of faults of this machine: what the last one was, and how many there were since it was told before. */
export type OwnFaultListener = (detail: string, count: number) => void;

/** Counts faults and tells of them at most once a minute: a machine without descriptors has thousands. */
export function createOwnFaultReporter(clock: Clock, listener: OwnFaultListener): (detail: string) => void {
  let toldAt = -Infinity;
  let count = 0;
  return (detail) => {
    count += 1;
    if (clock.now() - toldAt < BOUNDS.ownFaultLogEveryMs) return;
    toldAt = clock.now();
    listener(detail, count);
    count = 0;
  };
}
