import { describe, expect, test } from "vitest";
import { clearCounters, reloadStorm, pauseHaprobe } from "../support/simulator/disturbances.ts";
import { expectEveryMismatchDetected, percentile } from "./history-checks.ts";

/** Lies that are seen in the first answer. */
const ANSWERED_FAILURES = new Set(["etcd", "503", "slam"]);
/** What the design promises of them, polled and probed once a second. */
const ANSWERED_FAILURES_P95_MS = 1_300;
/** A refused connection waits until it is plain that our own path works; test/long looks at its slowest. */
const REFUSED_P50_MS = 1_300;

/** While we stand still no word is taken back. */
const LONGEST_PAUSE_MS = 27_000;

describe("what a check of HAProxy can never see", () => {
  test("is always confirmed, and in time where the server answers at once", async () => {
    const detected = await expectEveryMismatchDetected({ disturbances: [], minutes: 8 }, 5, 1_500);
    expect(detected.length).toBeGreaterThan(150);
    const atOnce = detected.filter(({ condition }) => ANSWERED_FAILURES.has(condition)).map(({ delayMs }) => delayMs);
    const refused = detected.filter(({ condition }) => condition === "closed").map(({ delayMs }) => delayMs);
    expect(percentile(atOnce, 0.95)).toBeLessThan(ANSWERED_FAILURES_P95_MS);
    expect(percentile(refused, 0.5)).toBeLessThan(REFUSED_P50_MS);
  });

  test("is confirmed by a guess as well where clients get errors", async () => {
    const settings = { isGuessed: true, mode: "http", sessionsPerSecond: 20 } as const;
    const detected = await expectEveryMismatchDetected({ disturbances: [], minutes: 8, settings }, 2, 1_500);
    expect(detected.length).toBeGreaterThan(60);
    const atOnce = detected.filter(({ condition }) => ANSWERED_FAILURES.has(condition)).map(({ delayMs }) => delayMs);
    expect(percentile(atOnce, 0.95)).toBeLessThan(ANSWERED_FAILURES_P95_MS);
  });

  test("is confirmed through reloads, cleared counters and pauses of this process as well", async () => {
    const disturbances = [reloadStorm, clearCounters, pauseHaprobe];
    const detected = await expectEveryMismatchDetected(
      { disturbances: disturbances, minutes: 8, mismatchMs: 60_000 },
      2,
      LONGEST_PAUSE_MS,
    );
    expect(detected.length).toBeGreaterThan(50);
  });
});
