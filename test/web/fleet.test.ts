import { expect, test } from "vitest";
import type { DeltaMessage } from "../../server/contract/status.ts";
import { type ApplyResult, applyDelta, type Fleet, fromSnapshot } from "../../web/lib/fleet.ts";
import { falseUpApiserver, sampleInstance, sampleServer, sampleSnapshot } from "./sample-fleet.ts";

const NOW = Date.UTC(2026, 10, 22, 13, 7, 33);
const one = sampleServer(NOW, { server: "web-01" });
const two = sampleServer(NOW, { server: "web-02" });
const start = (): Fleet => fromSnapshot(sampleSnapshot([one, two], [sampleInstance(NOW)]));

function delta(part: Partial<DeltaMessage>): DeltaMessage {
  const { summary } = sampleSnapshot([one, two], []);
  const nothing = { servers: [], removed: [], instances: [], removedInstances: [] };
  return { type: "delta", version: 1, epoch: "e1", seq: 11, summary, ...nothing, ...part };
}

function applied(result: ApplyResult): Fleet {
  if (result.kind !== "applied") throw new Error(`it was ${result.kind}`);
  return result.fleet;
}

test("the next delta is applied: changed rows replace, removed ones go", () => {
  const slow = sampleServer(NOW, { server: "web-01", probe: { durationMs: 99 } });
  const fleet = applied(applyDelta(start(), delta({ servers: [slow], removed: [two.key] })));
  expect([...fleet.servers.values()]).toEqual([slow]);
  expect(fleet.position).toEqual({ version: 1, epoch: "e1", seq: 11 });
});

test("a delta that the snapshot already holds changes nothing", () => {
  expect(applyDelta(start(), delta({ seq: 10 }))).toEqual({ kind: "old" });
});

test("a seq that is not the next one is a gap, and so is another epoch", () => {
  expect(applyDelta(start(), delta({ seq: 12 }))).toEqual({ kind: "gap" });
  expect(applyDelta(start(), delta({ epoch: "e2", seq: 11 }))).toEqual({ kind: "gap" });
});

test("rows are sorted anew for a verdict, a new row and a lost row, never for a counter", () => {
  const before = start();
  const version = (part: Partial<DeltaMessage>): number => applied(applyDelta(before, delta(part))).orderVersion;
  const busy = sampleServer(NOW, { server: "web-01", haproxy: { sessionsCurrent: 99 } });
  const down = sampleServer(NOW, { server: "web-01", verdict: "agree-down" });
  expect(version({ servers: [busy] })).toBe(before.orderVersion);
  expect(version({ servers: [down] })).toBe(before.orderVersion + 1);
  expect(version({ servers: [falseUpApiserver(NOW)] })).toBe(before.orderVersion + 1);
  expect(version({ removed: [one.key] })).toBe(before.orderVersion + 1);
  expect(version({ removed: ["lb-9/nobody/knows"] })).toBe(before.orderVersion);
});

test("an instance is replaced and removed by name", () => {
  const stale = sampleInstance(NOW, { state: "stale" });
  const fleet = applied(applyDelta(start(), delta({ instances: [stale] })));
  expect(fleet.instances.get("lb-1")?.state).toBe("stale");
  expect(applied(applyDelta(fleet, delta({ seq: 12, removedInstances: ["lb-1"] }))).instances.size).toBe(0);
});
