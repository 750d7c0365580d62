import { describe, expect, test } from "vitest";
import {
  type CheckPace,
  effectiveGraceMs,
  isGraceKnown,
  observePace,
  UNKNOWN_PACE,
} from "../../server/judge/check-pace.ts";
import { INITIAL_MEMORY, type ServerMemory } from "../../server/judge/server-memory.ts";
import { observeView } from "../../server/judge/observe-view.ts";
import { haproxyView, POLICY } from "../support/judge-harness.ts";

/** The pace that is learnt while HAProxy shows these words at these seconds; a third word is the check's duration. */
function learn(steps: readonly [seconds: number, status: string, check?: string, durationMs?: number][]): CheckPace {
  let pace = UNKNOWN_PACE;
  let memory: ServerMemory = INITIAL_MEMORY;
  for (const [seconds, status, check = "L7OK/200", durationMs = 1] of steps) {
    const view = haproxyView(status, check);
    const next = observeView(
      memory,
      { view: { ...view, check: { ...view.check, durationMs } }, at: seconds * 1_000 },
      "e",
    );
    pace = observePace(pace, memory, next);
    memory = next;
  }
  return pace;
}

describe("how often a check runs is learnt", () => {
  test("from the steps of health while it counts down and up", () => {
    const pace = learn([
      [0, "UP"],
      [10, "UP 2/3"],
      [30, "UP 1/3"],
      [55, "DOWN"],
      [80, "DOWN 1/2"],
      [105, "UP"],
    ]);
    expect(pace.longestStepMs).toBe(25_000);
  });
  test("but not from the time that health was at rest", () => {
    const pace = learn([
      [0, "UP"],
      [10, "UP 2/3"],
      [20, "UP"],
      [5_000, "UP 2/3"],
    ]);
    expect(pace.longestStepMs).toBe(10_000);
  });
  test("from checks that are seen running", () => {
    const pace = learn([
      [0, "UP"],
      [10, "UP", "* L7OK"],
      [11, "UP"],
      [70, "UP", "* L7OK"],
      [71, "UP"],
      [190, "UP", "* L7OK"],
    ]);
    expect(pace.shortestUpGapMs).toBe(60_000);
  });
  test("from results that take another time than the one before", () => {
    const pace = learn([
      [0, "UP", "L7OK/200", 1],
      [3, "UP", "L7OK/200", 2],
      [4, "UP", "L7OK/200", 2],
      [5, "UP", "L7OK/200", 1],
    ]);
    expect(pace.shortestUpGapMs).toBe(2_000);
  });
  test("not across a reload", () => {
    const before = observeView(INITIAL_MEMORY, { view: haproxyView("UP 2/3", "L7STS/500"), at: 0 }, "e");
    const after = observeView(before, { view: haproxyView("UP 1/3", "INI"), at: 1_000 }, "f");
    expect(observePace(UNKNOWN_PACE, before, after)).toBe(UNKNOWN_PACE);
  });
});

describe("the grace", () => {
  const auto = { ...POLICY, learnsGrace: true };
  const graces = (ms: number): number[] => [
    effectiveGraceMs(auto, { ...UNKNOWN_PACE, longestStepMs: ms }, "counting"),
    effectiveGraceMs(auto, { ...UNKNOWN_PACE, shortestUpGapMs: ms }, "resting-up"),
    effectiveGraceMs(auto, { ...UNKNOWN_PACE, shortestDownGapMs: ms }, "resting-down"),
  ];
  test("is twice the pace where that is more, and never past its limit", () => {
    expect(graces(1)).toEqual([30_000, 30_000, 30_000]);
    expect(graces(20_000)).toEqual([40_000, 40_000, 40_000]);
    expect(graces(10_000_000)).toEqual([600_000, 600_000, 600_000]);
  });
  test("is four times the rule's while the pace is not known", () => {
    expect(isGraceKnown(auto, UNKNOWN_PACE, "counting")).toBe(false);
    expect(effectiveGraceMs(auto, UNKNOWN_PACE, "resting-up")).toBe(120_000);
  });
  test("of a check at rest is not known by its steps, since fastinter may be shorter than inter", () => {
    expect(isGraceKnown(auto, { ...UNKNOWN_PACE, longestStepMs: 1_000 }, "resting-up")).toBe(false);
  });
  test("that a user wrote is what it is", () => {
    expect(effectiveGraceMs(POLICY, { ...UNKNOWN_PACE, longestStepMs: 60_000 }, "counting")).toBe(30_000);
    expect(effectiveGraceMs(POLICY, UNKNOWN_PACE, "resting-up")).toBe(30_000);
  });
});
