import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";

/** Receives the last own fault, and the number of faults since the last report. */
export type OwnFaultListener = (detail: string, count: number) => void;

/** Counts own faults and reports them at most once a minute: a machine without descriptors has thousands. */
export function createOwnFaultReporter(clock: Clock, listener: OwnFaultListener): (detail: string) => void {
  let reportedAt = -Infinity;
  let count = 0;
  return (detail) => {
    count += 1;
    if (clock.now() - reportedAt < BOUNDS.ownFaultLogEveryMs) return;
    reportedAt = clock.now();
    listener(detail, count);
    count = 0;
  };
}
