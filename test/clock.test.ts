import { expect, test } from "vitest";
import { type Clock, forEachInSlices, runInSlices } from "../server/clock.ts";

/** A clock that advances by 1 ms with each look at it. */
function tickingClock(): Clock {
  let now = 0;
  return { now: () => (now += 1), wall: () => 0, after: () => () => {} };
}

test("a generator runs in slices, between which the event loop runs", async () => {
  const events: string[] = [];
  function* steps(): Generator<void, string, void> {
    for (let step = 0; step < 30; step += 1) {
      events.push("step");
      yield;
    }
    return "result";
  }
  const turn = (): void => {
    events.push("turn");
    if (events.length < 40) setImmediate(turn);
  };
  setImmediate(turn);
  expect(await runInSlices(tickingClock(), 10, steps())).toBe("result");
  const slices = events
    .join(" ")
    .split("turn")
    .map((slice) => slice.split("step").length - 1);
  expect(Math.max(...slices)).toBe(10);
});

test("an error of a step rejects", async () => {
  const failing = forEachInSlices(tickingClock(), 10, [1], () => {
    throw new Error("broken");
  });
  await expect(failing).rejects.toThrow("broken");
});
