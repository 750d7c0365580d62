import { describe, expect, test } from "vitest";
import { effectiveGraceMs, measureHealthGapMs } from "../../server/judge/effective-grace.ts";
import { INITIAL_MEMORY, type ServerMemory } from "../../server/judge/server-memory.ts";
import { observeView } from "../../server/judge/observe-view.ts";
import { haproxyView, POLICY } from "../support/judge-harness.ts";

/** The gaps that are learnt while HAProxy shows these words at these seconds. */
function gaps(steps: readonly [seconds: number, status: string, check?: string][]): number[] {
  const learnt: number[] = [];
  let memory: ServerMemory = INITIAL_MEMORY;
  for (const [seconds, status, check = "L7OK/200"] of steps) {
    const next = observeView(memory, { view: haproxyView(status, check), at: seconds * 1_000 }, "e");
    const gap = measureHealthGapMs(memory, next);
    if (gap !== null) learnt.push(gap / 1_000);
    memory = next;
  }
  return learnt;
}

describe("what a check takes from one result to the next is learnt", () => {
  test("from its steps while it counts down and up", () => {
    expect(
      gaps([
        [0, "UP"],
        [10, "UP 2/3"],
        [30, "UP 1/3"],
        [55, "DOWN"],
        [80, "DOWN 1/2"],
        [105, "UP"],
      ]),
    ).toEqual([20, 25, 25]);
  });
  test("but not from the time that it was at rest", () => {
    expect(
      gaps([
        [0, "UP"],
        [10, "UP 2/3"],
        [20, "UP"],
        [5_000, "UP 2/3"],
      ]),
    ).toEqual([10]);
  });
});

describe("the grace", () => {
  const auto = { ...POLICY, learnsGrace: true };
  test("is twice the longest gap where that is more, and never past its limit", () => {
    expect([0, 10_000, 20_000, 10_000_000].map((gap) => effectiveGraceMs(auto, gap))).toEqual([
      30_000, 30_000, 40_000, 600_000,
    ]);
  });
  test("that a user wrote is what it is", () => {
    expect(effectiveGraceMs(POLICY, 60_000)).toBe(30_000);
  });
});
