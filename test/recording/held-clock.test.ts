import { expect, test } from "vitest";
import { HeldClock } from "../../server/recording/held-clock.ts";
import { PausingClock } from "../support/pausing-clock.ts";

const WALL_AT_ZERO = Date.UTC(2026, 10, 22, 10, 0, 0);

test("a pause of the process between the readings of the two clocks is no clock that was set", () => {
  const source = new PausingClock();
  source.pauseAfterWall(700);
  const clock = new HeldClock(source);
  expect(clock.offset).toBe(WALL_AT_ZERO);
  source.pauseAfterWall(700);
  clock.hold();
  clock.release();
  expect(clock.offset).toBe(WALL_AT_ZERO);
});
