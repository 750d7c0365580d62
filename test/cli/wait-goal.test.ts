import { describe, expect, test } from "vitest";
import { type Goal, instanceGlob, evaluateGoal } from "../../server/cli/wait-goal.ts";
import type { InstanceStatus, ServerStatus } from "../../server/contract/status.ts";
import { FALSE_UP, makeInstanceStatus, makeServerStatus } from "../push/fake-fleet.ts";

const UP: Goal = { key: "*/k8s-api/cp-1", verdicts: new Set(["agree-up"]) };

function kindOf(
  goal: Goal,
  servers: readonly ServerStatus[],
  instances: readonly InstanceStatus[] = [makeInstanceStatus("lb-1")],
): string {
  return evaluateGoal(goal, { servers, instances }).kind;
}

describe("a goal is reached", () => {
  test("when every matching server has the verdict, and not before", () => {
    const there = makeServerStatus("lb-1/k8s-api/cp-1");
    const notYet = makeServerStatus("lb-2/k8s-api/cp-1", FALSE_UP);
    const both = [makeInstanceStatus("lb-1"), makeInstanceStatus("lb-2")];
    expect(kindOf(UP, [there, notYet], both)).toBe("waiting");
    expect(kindOf(UP, [there, makeServerStatus("lb-2/k8s-api/cp-1")], both)).toBe("reached");
  });

  test("whatever other servers do", () => {
    expect(kindOf(UP, [makeServerStatus("lb-1/k8s-api/cp-1"), makeServerStatus("lb-1/k8s-api/cp-2", FALSE_UP)])).toBe(
      "reached",
    );
  });

  test("not without any matching server", () => {
    expect(evaluateGoal(UP, { servers: [], instances: [makeInstanceStatus("lb-1")] })).toMatchObject({
      kind: "waiting",
      sentence: "there is no server */k8s-api/cp-1",
    });
  });

  test("by a mismatch only once it is confirmed", () => {
    const goal: Goal = { key: "lb-1/k8s-api/cp-1", verdicts: new Set(["false-up"]) };
    expect(kindOf(goal, [makeServerStatus("lb-1/k8s-api/cp-1", { ...FALSE_UP, phase: "suspected" })])).toBe("waiting");
    expect(kindOf(goal, [makeServerStatus("lb-1/k8s-api/cp-1", FALSE_UP)])).toBe("reached");
  });

  test.each([
    ["pending", "pending"],
    ["stale", "broken"],
    ["failing", "broken"],
  ] as const)("not while a HAProxy that could hide a server is %s", (state, kind) => {
    const servers = [makeServerStatus("lb-1/k8s-api/cp-1")];
    const instances = [makeInstanceStatus("lb-1"), makeInstanceStatus("lb-2", { state })];
    expect(kindOf(UP, servers, instances)).toBe(kind);
    expect(kindOf({ ...UP, key: "lb-1/k8s-api/cp-1" }, servers, instances)).toBe("reached");
  });

  test("never where no HAProxy of that name is polled", () => {
    expect(kindOf({ ...UP, key: "lb-9/k8s-api/cp-1" }, [])).toBe("nowhere");
  });
});

test.each([
  ["lb-1/a/b/cp-1", "lb-1"],
  ["*/web/s", "*"],
  ["*", "*"],
])("the instance part of %s is %s", (key, glob) => {
  expect(instanceGlob(key)).toBe(glob);
});
