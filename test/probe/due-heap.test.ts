import fc from "fast-check";
import { expect, test } from "vitest";
import { DueHeap } from "../../server/probe/due-heap.ts";
import { withJitter, intervalOffset, nextGridTime } from "../../server/probe/probe-timing.ts";

test("whatever is set, moved and taken out, the next is always the one with the soonest moment", () => {
  const step = fc.record({ act: fc.constantFrom("set", "delete", "pop"), item: fc.nat(20), at: fc.nat(50) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const heap = new DueHeap<{ name: number; dueAt: number; heapIndex: number }>();
      const items = Array.from({ length: 21 }, (_, name) => ({ name, dueAt: 0, heapIndex: -1 }));
      const model = new Map<number, number>();
      for (const { act, item, at } of steps) {
        const one = items[item];
        if (!one) continue;
        if (act === "set") {
          heap.set(one, at);
          model.set(item, at);
        } else if (act === "delete") {
          heap.delete(one);
          model.delete(item);
        } else {
          const popped = heap.popDue(at);
          const soonest = Math.min(...model.values());
          expect(popped?.dueAt).toBe(soonest <= at ? soonest : undefined);
          if (popped) model.delete(popped.name);
        }
        expect(heap.size).toBe(model.size);
        expect(heap.peek()?.dueAt ?? Infinity).toBe(Math.min(...model.values()));
      }
    }),
    { seed: 1, numRuns: 300 },
  );
});

test("the next slot is always later, at most one interval, and on the target's own grid", () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 1e9, noNaN: true }),
      fc.integer({ min: 100, max: 100_000 }),
      fc.string(),
      (after, everyMs, key) => {
        const phase = intervalOffset(key);
        const slot = nextGridTime(after, everyMs, phase);
        expect(slot - after).toBeGreaterThan(0);
        expect(slot - after).toBeLessThanOrEqual(everyMs * 1.00001);
        const turns = (slot - phase * everyMs) / everyMs;
        expect(Math.abs(turns - Math.round(turns))).toBeLessThan(1e-6);
        expect(nextGridTime(slot, everyMs, phase) - slot).toBeCloseTo(everyMs, 3);
      },
    ),
    { seed: 1, numRuns: 500 },
  );
});

test("keys that differ only at their end are spread over the interval", () => {
  const tenths = Array.from({ length: 1_000 }, (_, i) =>
    Math.floor(intervalOffset(`default 10.0.0.${i}:6443 {"type":"http"}`) * 10),
  );
  for (let tenth = 0; tenth < 10; tenth += 1) {
    expect(tenths.filter((one) => one === tenth).length).toBeGreaterThan(60);
  }
});

test("jitter is 5 % of the interval at most, either way", () => {
  expect(withJitter(1_000, 1_000, () => 0)).toBe(950);
  expect(withJitter(1_000, 1_000, () => 0.5)).toBe(1_000);
  expect(withJitter(1_000, 1_000, () => 1)).toBe(1_050);
});
