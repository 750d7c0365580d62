import { expect, test } from "vitest";
import { BOUNDS } from "../server/bounds.ts";
import { startMarkingPace } from "../server/marking-pace.ts";
import { FakeClock } from "./support/fake-clock.ts";

function start(isOptimizedForSize: boolean): { clock: FakeClock; heap: { bytes: number }; calls: boolean[] } {
  const [clock, heap, calls] = [new FakeClock(), { bytes: 0 }, [] as boolean[]];
  startMarkingPace({
    clock,
    heapBytes: () => heap.bytes,
    setOptimizeForSize: (on) => calls.push(on),
    isOptimizedForSize,
  });
  return { clock, heap, calls };
}

test("a large heap is marked in steps beside other work, a small one is kept small", async () => {
  const { clock, heap, calls } = start(true);
  heap.bytes = BOUNDS.heapSmallMaxBytes;
  await clock.advance(2 * BOUNDS.heapCheckEveryMs);
  expect(calls).toEqual([]);
  heap.bytes += 1;
  await clock.advance(2 * BOUNDS.heapCheckEveryMs);
  expect(calls).toEqual([false]);
  heap.bytes = 0;
  await clock.advance(2 * BOUNDS.heapCheckEveryMs);
  expect(calls).toEqual([false, true]);
});

test("a heap that was chosen otherwise is left alone", async () => {
  const { clock, heap, calls } = start(false);
  heap.bytes = 2 * BOUNDS.heapSmallMaxBytes;
  await clock.advance(2 * BOUNDS.heapCheckEveryMs);
  expect([calls, clock.pending]).toEqual([[], 0]);
});
