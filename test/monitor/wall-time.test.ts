import { expect, test } from "vitest";
import type { Clock } from "../../server/clock.ts";
import { WallTime } from "../../server/monitor/wall-time.ts";

/** A machine whose wall clock is `ahead` milliseconds ahead of where it was. */
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

test("the same moment is always told as the same time, though the two clocks tick apart", () => {
  const clock = createAdjustableClock();
  const time = new WallTime(clock);
  const told = new Set<string>();
  for (const [at, ahead] of [
    [1_000, 0],
    [1_500.4, 1],
    [2_000.9, -1],
    [9_000.5, 100],
  ] as const) {
    Object.assign(clock, { at, ahead });
    told.add(time.iso(700));
  }
  expect([...told]).toEqual(["2026-11-22T00:00:00.700Z"]);
});

test("where the wall clock was set anew, times follow it", () => {
  const clock = createAdjustableClock();
  const time = new WallTime(clock);
  time.iso(700);
  clock.ahead = 3_600_000;
  expect(time.iso(700)).toBe("2026-11-22T01:00:00.700Z");
});
