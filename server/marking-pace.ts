import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { BOUNDS } from "./bounds.ts";
import type { Clock } from "./clock.ts";

export interface MarkingPaceOptions {
  readonly clock: Clock;
  /** Bytes of the heap in use. */
  readonly heapBytes?: () => number;
  /** Sets V8's flag; only called where the process was started with it. */
  readonly setOptimizeForSize?: (on: boolean) => void;
  /** This process was started with `--optimize-for-size`, as `bin/haprobe.js` does. */
  readonly isOptimizedForSize?: boolean;
}

/**
 * Has V8 optimize for size only as long as the heap is small. With that flag it marks nearly all of the heap within one
 * pause, 110 ms for 150 MB; without, in steps of a few milliseconds beside other work. Returns what ends it.
 */
export function startMarkingPace({
  clock,
  heapBytes = () => getHeapStatistics().used_heap_size,
  setOptimizeForSize = (on) => setFlagsFromString(on ? "--optimize-for-size" : "--no-optimize-for-size"),
  isOptimizedForSize = process.execArgv.includes("--optimize-for-size"),
}: MarkingPaceOptions): () => void {
  if (!isOptimizedForSize) return () => {};
  let isOn = true;
  let cancel = clock.after(BOUNDS.heapCheckEveryMs, check);
  return () => cancel();

  function check(): void {
    const isSmall = heapBytes() <= BOUNDS.heapSmallMaxBytes;
    if (isSmall !== isOn) setOptimizeForSize((isOn = isSmall));
    cancel = clock.after(BOUNDS.heapCheckEveryMs, check);
  }
}
