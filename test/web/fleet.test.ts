import { expect, test } from "vitest";
import type { DeltaMessage } from "../../server/contract/status.ts";
import { type Fleet, type FleetUpdate, fleetFromSnapshot, updateFleet } from "../../web/lib/fleet.ts";
import { falseUpApiserver, sampleInstance, sampleServer, sampleSnapshot } from "./sample-fleet.ts";

const NOW = Date.UTC(2026, 10, 22, 13, 7, 33);
const one = sampleServer(NOW, { server: "web-01" });
const two = sampleServer(NOW, { server: "web-02" });
const start = (): Fleet => fleetFromSnapshot(sampleSnapshot([one, two], [sampleInstance(NOW)]));

function delta(part: Partial<DeltaMessage>): DeltaMessage {
  const { summary } = sampleSnapshot([one, two], []);
  const nothing = { servers: [], removed: [], instances: [], removedInstances: [] };
  return { type: "delta", version: 1, epoch: "e1", seq: 11, summary, ...nothing, ...part };
}

test("a delta that the fleet already contains is old, and a missing seq is a gap", () => {
  expect(updateFleet(start(), delta({ seq: 10 }))).toBe("old");
  expect(updateFleet(start(), delta({ seq: 12 }))).toBe("gap");
});

test("a patch is applied to the rows before; an old one and one of an unknown row are told apart", () => {
  const patch = (seq: number, key: string) =>
    ({ ...delta({ seq }), type: "patch", changed: [{ key, haproxy: { sessionsCurrent: 99 } }] }) as const;
  const { fleet, delta: whole } = updateFleet(start(), patch(11, one.key)) as FleetUpdate;
  expect(fleet.servers.get(one.key)).toEqual({ ...one, haproxy: { ...one.haproxy, sessionsCurrent: 99 } });
  expect(fleet.servers.get(two.key)).toBe(two);
  expect(whole.servers).toEqual([fleet.servers.get(one.key)]);
  expect(updateFleet(start(), patch(10, "lb-1/web/gone"))).toBe("old");
  expect(updateFleet(start(), patch(11, "lb-1/web/gone"))).toBe("gap");
});

test("rows are sorted anew for a verdict, a new row and a lost row, never for a counter", () => {
  const before = start();
  const version = (part: Partial<DeltaMessage>): number =>
    (updateFleet(before, delta(part)) as FleetUpdate).fleet.orderVersion;
  const busy = sampleServer(NOW, { server: "web-01", haproxy: { sessionsCurrent: 99 } });
  const down = sampleServer(NOW, { server: "web-01", verdict: "agree-down" });
  expect(version({ servers: [busy] })).toBe(before.orderVersion);
  expect(version({ servers: [down] })).toBe(before.orderVersion + 1);
  expect(version({ servers: [falseUpApiserver(NOW)] })).toBe(before.orderVersion + 1);
  expect(version({ removed: [one.key] })).toBe(before.orderVersion + 1);
  expect(version({ removed: ["lb-9/web/unknown"] })).toBe(before.orderVersion);
});
