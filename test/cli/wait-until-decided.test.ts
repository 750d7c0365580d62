import { expect, test } from "vitest";
import { describeUndecided } from "../../server/cli/wait-until-decided.ts";
import type { Engine } from "../../server/engine.ts";
import { FALSE_UP, FakeFleet, makeServerKeys } from "../push/fake-fleet.ts";

function describeFleet(fleet: FakeFleet, unpolled: readonly string[] = []): string | null {
  return describeUndecided({ unpolled: () => unpolled, monitor: { live: fleet } as unknown as Engine["monitor"] });
}

test("the first thing that is waited for is named, with the number of others", () => {
  const fleet = new FakeFleet(makeServerKeys(3));
  expect(describeFleet(fleet, ["lb-1", "lb-2"])).toBe("the first poll of lb-1 (and 1 more)");
  expect(describeFleet(fleet)).toBe(null);
  fleet.set("lb-1/web/s-1", { ...FALSE_UP, phase: "suspected" });
  expect(describeFleet(fleet)).toMatch(/^lb-1\/web\/s-1 false-up \(suspected\): /);
  fleet.set("lb-1/web/s-2", { verdict: "unknown", phase: null, reason: "probe-pending" });
  expect(describeFleet(fleet)).toMatch(/ \(and 1 more\)$/);
});
