import { expect, test } from "vitest";
import { BOUNDS } from "../../server/bounds.ts";
import type { ProbeResult } from "../../server/contract/probe-result.ts";
import { observeProbe } from "../../server/judge/observe-probe.ts";
import { INITIAL_MEMORY, type ServerMemory } from "../../server/judge/server-memory.ts";
import { probeResult } from "../support/judge-harness.ts";

const READING = { guessed: false, rise: 1, pausedUntil: Number.NEGATIVE_INFINITY };
const observe = (memory: ServerMemory, result: ProbeResult): ServerMemory => observeProbe(memory, result, READING);

test("servers of one target share the list of their failures, also where one of them came later", () => {
  const late = INITIAL_MEMORY;
  let [first, second] = [INITIAL_MEMORY, INITIAL_MEMORY];
  for (let seq = 1; seq <= BOUNDS.countMax + 1; seq += 1) {
    const result = probeResult("etcd", seq, seq * 1_000);
    [first, second] = [observe(first, result), observe(second, result)];
    expect(second.probe.consecutiveFailures).toBe(first.probe.consecutiveFailures);
    expect(observe(late, result).probe.consecutiveFailures[0]).toBe(first.probe.consecutiveFailures.at(-1));
  }
  expect(first.probe.consecutiveFailures).toHaveLength(BOUNDS.countMax);
});
