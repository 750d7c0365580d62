import { expect, test } from "vitest";
import type { ProbeResult } from "../../server/contract/probe-result.ts";
import { observeProbe } from "../../server/judge/observe-probe.ts";
import { INITIAL_MEMORY, type ServerMemory } from "../../server/judge/server-memory.ts";
import { probeResult } from "../support/judge-harness.ts";

const READING = { guessed: false, rise: 1, pausedUntil: Number.NEGATIVE_INFINITY };

function result(vantage: string, seq: number, sentAt: number, answer: "ok" | "etcd" = "etcd"): ProbeResult {
  return { ...probeResult(answer, seq, sentAt), vantage };
}

function observe(results: readonly ProbeResult[]): ServerMemory {
  return results.reduce((memory, each) => observeProbe(memory, each, READING), INITIAL_MEMORY);
}

test("each vantage counts its own results: a low seq of one is not old beside a high one of the other", () => {
  const { probe } = observe([result("here", 100, 1_000), result("there", 1, 1_100), result("here", 101, 2_000)]);
  expect(probe.consecutiveFailures.map(({ sentAt }) => sentAt)).toEqual([1_000, 1_100, 2_000]);
});

test("a result of one vantage is not dropped because the other sent a later one, or one at the same moment", () => {
  const { probe } = observe([result("here", 1, 1_000), result("there", 1, 900), result("third", 1, 1_000)]);
  expect(probe.consecutiveFailures).toHaveLength(3);
});

test("the newest result of every vantage, seen again, changes nothing", () => {
  const results = [result("here", 7, 1_000), result("there", 3, 1_100), result("third", 5, 900)];
  const memory = observe(results);
  for (const again of results) expect(observeProbe(memory, again, READING)).toBe(memory);
  expect(observeProbe(memory, result("there", 2, 1_050), READING)).toBe(memory);
});
