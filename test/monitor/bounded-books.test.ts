import { expect, test } from "vitest";
import { BOUNDS } from "../../server/bounds.ts";
import { FindingRegistry } from "../../server/monitor/finding-registry.ts";
import type { FindingDraft } from "../../server/judge/findings.ts";
import { CostlyTargets } from "../../server/probe/costly-targets.ts";
import { ResponseHeads } from "../../server/probe/response-heads.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { probeResult } from "../support/judge-harness.ts";
import { MonitorHarness, type StatsRow } from "../support/monitor-harness.ts";

test("of very many findings some are kept", () => {
  const registry = new FindingRegistry();
  const drafts = Array.from({ length: BOUNDS.findingsMax + 5 }, (_, n): FindingDraft => {
    const subject = { instance: "lb-1", backend: "b", server: `s${n}` };
    return { code: "cfg-issue", subject, sentence: "", advice: "", afterMs: 0 };
  });
  for (const _ of registry.replace(drafts, 1_000));
  expect(registry.list(1_000, String)).toHaveLength(BOUNDS.findingsMax);
});

test("very many servers are looked at less often: after a pass that took long there is none for twice as long", async () => {
  const harness = new MonitorHarness(undefined, 10_000, { inSlices: true });
  const { monitor, clock } = harness;
  const work = (ms: number): void => {
    for (let owner = monitor.nextWork; owner !== null; owner = monitor.nextWork) {
      clock.spend(ms);
      monitor.work(owner);
    }
  };
  harness.poll(Array.from({ length: 5_000 }, (_, n): StatsRow => [`s${n}`, "UP", "L4OK"]));
  work(0);
  monitor.tick();
  work(200);
  const endedAt = monitor.passEndedAt;
  expect(endedAt).toBe(clock.now());
  clock.spend(100);
  monitor.tick();
  expect(monitor.nextWork).toBeNull();
  expect(monitor.passEndedAt).toBe(endedAt);
  clock.spend(BOUNDS.passPauseMaxMs);
  monitor.tick();
  work(0);
  expect(monitor.passEndedAt).toBeGreaterThan(endedAt);
});

test("of targets that are costly, or whose headers are kept, the oldest goes", () => {
  const costly = new CostlyTargets(new FakeClock());
  const heads = new ResponseHeads();
  for (let n = 0; n <= BOUNDS.serversMax; n += 1) {
    costly.add(`t${n}`);
    heads.keep(`t${n}`, ["a", "b"], 2, [], 0);
  }
  const last = `t${BOUNDS.serversMax}`;
  expect([costly.has("t0"), costly.has("t1"), costly.has(last)]).toEqual([false, true, true]);
  expect([heads.read("t0"), heads.read(last)?.headers]).toEqual([null, [{ name: "a", value: "b" }]]);
});

test("the evidence of an incident has so many columns of HAProxy's row, and so many characters of each and of the body", () => {
  const harness = new MonitorHarness();
  harness.poll([["cp-1", "UP", "L4OK"]]);
  const body = "x".repeat(BOUNDS.evidenceBodyChars + 5);
  harness.monitor.acceptResult({ ...probeResult("etcd", 1, harness.clock.now(), 0, "default|10.0.0.1"), body });
  const row = Array.from({ length: BOUNDS.evidenceColumnsMax + 5 }, (_, n) => ({
    name: `c${n}`,
    value: "x".repeat(BOUNDS.evidenceColumnChars + 5),
  }));
  harness.statsRow = row;
  const evidence = harness.monitor.evidence("lb-1/k8s-api/cp-1");
  expect(evidence?.row).toHaveLength(BOUNDS.evidenceColumnsMax);
  expect(evidence?.row[0]?.value).toHaveLength(BOUNDS.evidenceColumnChars);
  expect(evidence?.probe?.body).toHaveLength(BOUNDS.evidenceBodyChars);
});
