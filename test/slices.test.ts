import { expect, test } from "vitest";
import type { Clock } from "../server/clock.ts";
import { forEachInSlices, leaveTurn, runInSlices, takeTurn, type TaskCost } from "../server/slices.ts";

/** A clock that advances by 1 ms with each look at it, so that each step takes 1 ms. */
function tickingClock(): Clock {
  let now = 0;
  return { now: () => (now += 1), wall: () => 0, after: () => () => {} };
}

/** Steps that are recorded under this name. */
function* stepsOf(name: string, count: number, events: string[]): Generator<void, string, void> {
  for (let step = 0; step < count; step += 1) {
    events.push(name);
    yield;
  }
  return name;
}

/** Records each turn of the event loop until `stop` is called. */
function recordTurns(events: string[]): { stop(): void } {
  let isStopped = false;
  const turn = (): void => {
    events.push("turn");
    if (!isStopped) setImmediate(turn);
  };
  setImmediate(turn);
  return { stop: () => void (isStopped = true) };
}

/** Number of steps in each turn. */
function stepsPerTurn(events: readonly string[]): number[] {
  const counts = [0];
  for (const event of events) {
    if (event === "turn") counts.push(0);
    else counts[counts.length - 1] = (counts.at(-1) ?? 0) + 1;
  }
  return counts;
}

test("a generator runs in slices, between which the event loop runs", async () => {
  const events: string[] = [];
  const turns = recordTurns(events);
  expect(await runInSlices(tickingClock(), 10, stepsOf("a", 30, events))).toBe("a");
  turns.stop();
  expect(Math.max(...stepsPerTurn(events))).toBe(10);
});

test("what fits into one slice is done within the call", () => {
  const events: string[] = [];
  void runInSlices(tickingClock(), 10, stepsOf("a", 5, events));
  expect(events).toHaveLength(5);
});

test("all tasks of a clock share one slice in each turn, and take turns", async () => {
  const events: string[] = [];
  const clock = tickingClock();
  const turns = recordTurns(events);
  const names = Array.from({ length: 20 }, (_, n) => `task ${n}`);
  await Promise.all(names.map((name) => runInSlices(clock, 40, stepsOf(name, 60, events))));
  turns.stop();
  // One step each at the start, whatever the budget; then 40 of all together.
  expect(Math.max(...stepsPerTurn(events).slice(1))).toBeLessThanOrEqual(40);
  const second = events.slice(events.indexOf("turn") + 1, events.indexOf("turn", events.indexOf("turn") + 1));
  expect(new Set(second).size).toBe(20);
});

test("the first step of a task runs within the call, also where the slice is used up", () => {
  const events: string[] = [];
  const clock = tickingClock();
  void runInSlices(clock, 5, stepsOf("long", 100, events));
  const before = events.length;
  void forEachInSlices(clock, 5, [1], () => void events.push("short"));
  expect(events.slice(before)).toEqual(["short"]);
});

test("the cost of a task is its own time", async () => {
  const clock = tickingClock();
  const cost: TaskCost = { ms: 0 };
  const other = runInSlices(clock, 5, stepsOf("other", 100, []));
  await Promise.all([other, runInSlices(clock, 5, stepsOf("a", 20, []), cost)]);
  expect(cost.ms).toBe(21);
});

test("an error of a step rejects", async () => {
  const failing = forEachInSlices(tickingClock(), 10, [1], () => {
    throw new Error("broken");
  });
  await expect(failing).rejects.toThrow("broken");
});

test("tasks leave the turns in which connections come, up to a limit in a row", async () => {
  let now = 0;
  const clock: Clock = { now: () => now, wall: () => 0, after: () => () => {} };
  let steps = 0;
  function* work(): Generator<void, void, void> {
    for (; steps < 100; steps += 1) {
      now += 1;
      yield;
    }
  }
  /** Steps of a turn in which a connection comes, or none. */
  const turn = async (isComing: boolean): Promise<number> => {
    if (isComing) leaveTurn(clock, 5, 10);
    now += 1;
    const before = steps;
    await new Promise((resolve) => setImmediate(resolve));
    return steps - before;
  };
  void runInSlices(clock, 5, work());
  // A single client has nothing wait for others.
  expect(await turn(true)).toBe(5);
  const counts: number[] = [];
  for (let n = 0; n < 22; n += 1) counts.push(await turn(true));
  expect(counts).toEqual([...Array(10).fill(0), 5, ...Array(10).fill(0), 5]);
  expect(await turn(false)).toBe(5);
  expect(await turn(false)).toBe(5);
});

test("a task that begins in a turn in which connections come waits as well, and not for a single one", async () => {
  const clock: Clock = { now: () => 0, wall: () => 0, after: () => () => {} };
  const runsAtOnce = (): boolean => {
    let isDone = false;
    takeTurn(clock, 5, () => (isDone = true));
    return isDone;
  };
  leaveTurn(clock, 5, 10);
  expect(runsAtOnce()).toBe(true);
  await new Promise((resolve) => setImmediate(resolve));
  leaveTurn(clock, 5, 10);
  expect(runsAtOnce()).toBe(false);
});
