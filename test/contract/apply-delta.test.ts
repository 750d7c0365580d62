import { describe, expect, test } from "vitest";
import { applyDelta, type FleetReplica, fromSnapshot } from "../../server/contract/apply-delta.ts";
import type { DeltaMessage } from "../../server/contract/status.ts";
import { FakeFleet, makeInstanceStatus, makeServerStatus } from "../push/fake-fleet.ts";

const fleet = new FakeFleet(["lb-1/web/s-1", "lb-1/web/s-2"]);
const POSITION = { version: 1, epoch: "e-1", seq: 10 } as const;
const START = fromSnapshot({
  type: "snapshot",
  ...POSITION,
  servers: [...fleet.servers()],
  instances: fleet.instances(),
  summary: fleet.summary(),
});

function delta(part: Partial<DeltaMessage>): DeltaMessage {
  const nothing = { servers: [], removed: [], instances: [], removedInstances: [] };
  return { type: "delta", ...POSITION, seq: 11, summary: fleet.summary(), ...nothing, ...part };
}

function apply(replica: FleetReplica, message: DeltaMessage): FleetReplica {
  const applied = applyDelta(replica, message);
  if (applied.kind !== "applied") throw new Error(applied.kind);
  return applied.replica;
}

describe("a delta", () => {
  test("that is the next one replaces the changed servers and removes the others", () => {
    const changed = makeServerStatus("lb-1/web/s-1", { sentence: "changed" });
    const next = apply(START, delta({ servers: [changed], removed: ["lb-1/web/s-2"] }));
    expect([...next.servers.values()]).toEqual([changed]);
    expect(next.position).toEqual({ ...POSITION, seq: 11 });
    expect(START.servers.size, "the replica before stays as it was").toBe(2);
  });

  test("replaces and removes instances by name", () => {
    const next = apply(START, delta({ instances: [makeInstanceStatus("lb-1", { state: "stale" })] }));
    expect(next.instances.get("lb-1")?.state).toBe("stale");
    expect(apply(next, delta({ seq: 12, removedInstances: ["lb-1"] })).instances.size).toBe(0);
  });

  test("leaves a map that nothing changes as it is", () => {
    const next = apply(START, delta({ instances: [makeInstanceStatus("lb-1", { state: "stale" })] }));
    expect(next.servers).toBe(START.servers);
  });

  test.each([9, 10])("of seq %i is part of the replica already", (seq) => {
    expect(applyDelta(START, delta({ seq }))).toEqual({ kind: "old" });
  });

  test.each([
    ["a later seq", { seq: 12 }],
    ["another epoch", { epoch: "e-2" }],
  ])("of %s is a gap", (_what, part) => {
    expect(applyDelta(START, delta(part))).toEqual({ kind: "gap" });
  });
});
