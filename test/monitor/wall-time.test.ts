import { expect, test } from "vitest";
import type { Clock } from "../../server/clock.ts";
import { WallTime } from "../../server/monitor/wall-time.ts";
import { PausingClock } from "../support/pausing-clock.ts";

/** A clock whose wall time is set `ahead` milliseconds ahead. */
function createAdjustableClock(): Clock & { ahead: number; at: number } {
  const clock = {
    ahead: 0,
    at: 1_000,
    now: () => clock.at,
    wall: () => Date.UTC(2026, 10, 22) + Math.floor(clock.at) + clock.ahead,
    after: () => () => {},
  };
  return clock;
}

test("the same moment has always the same time, although the two clocks drift apart", () => {
  const clock = createAdjustableClock();
  const time = new WallTime(clock);
  const times = new Set<string>();
  for (const [at, ahead] of [
    [1_000, 0],
    [1_500.4, 1],
    [2_000.9, -1],
    [9_000.5, 100],
  ] as const) {
    Object.assign(clock, { at, ahead });
    times.add(time.iso(700));
  }
  expect([...times]).toEqual(["2026-11-22T00:00:00.700Z"]);
});

test("times follow a wall clock that was set", () => {
  const clock = createAdjustableClock();
  const time = new WallTime(clock);
  time.iso(700);
  clock.ahead = 3_600_000;
  expect(time.iso(700)).toBe("2026-11-22T01:00:00.700Z");
});

test("a pause of the process between the readings of the two clocks moves no time", () => {
  const clock = new PausingClock();
  clock.pauseAfterWall(700);
  const time = new WallTime(clock);
  expect(time.iso(700)).toBe("2026-11-22T10:00:00.700Z");
  clock.pauseAfterWall(700);
  expect(time.iso(700)).toBe("2026-11-22T10:00:00.700Z");
});
