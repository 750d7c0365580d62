import { describe, expect, test } from "vitest";
import { expectEveryMismatchDetected, expectNoMismatch, percentile } from "../simulated/history-checks.ts";
import {
  clearCounters,
  pauseHaproxy,
  cutOurPath,
  reloadStorm,
  cutStats,
  cutHaproxyPath,
  type Disturbance,
  pauseHaprobe,
} from "../support/simulator/disturbances.ts";

const DISTURBANCES: readonly Disturbance[] = [
  reloadStorm,
  cutOurPath,
  cutHaproxyPath,
  pauseHaprobe,
  pauseHaproxy,
  cutStats,
  clearCounters,
];
const TRANSITIONS_MIN = 10_000;

describe("ten thousand of each", () => {
  test("legitimate transitions, one disturbance at a time: no confirmed mismatch", async () => {
    let transitions = 0;
    for (const disturbance of [[], ...DISTURBANCES.map((one) => [one])]) {
      transitions += await expectNoMismatch({ disturbances: disturbance, minutes: 6 }, 14);
    }
    expect(transitions).toBeGreaterThan(TRANSITIONS_MIN);
  });

  test("legitimate transitions with all disturbances at once: no confirmed mismatch", async () => {
    const transitions = await expectNoMismatch({ disturbances: DISTURBANCES, minutes: 6 }, 110);
    expect(transitions).toBeGreaterThan(TRANSITIONS_MIN);
  });

  test("mismatches are all confirmed, and in time where the server responds at once", async () => {
    const detected = await expectEveryMismatchDetected({ disturbances: [], minutes: 8 }, 150, 1_500);
    expect(detected.length).toBeGreaterThan(TRANSITIONS_MIN);
    const delays = (...conditions: readonly string[]): number[] =>
      detected.filter(({ condition }) => conditions.includes(condition)).map(({ delayMs }) => delayMs);
    expect(percentile(delays("etcd", "503", "slam"), 0.95)).toBeLessThan(1_300);
    expect(percentile(delays("closed"), 0.95)).toBeLessThan(2_000);
  });
});
