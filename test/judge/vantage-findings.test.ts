import { expect, test } from "vitest";
import type { VantageDifference } from "../../server/contract/vantage-word.ts";
import { createVantageFindings } from "../../server/judge/vantage-findings.ts";

function differs(server: string, difference: VantageDifference) {
  return { instance: "lb-1", backend: "k8s-api", server, difference, sentence: `${server} differs` };
}

test("a server that answers vantages differently is a finding of its own", () => {
  const difference = { kind: "answers", failing: ["host-a"], passing: ["host-b"] } as const;
  const drafts = createVantageFindings([differs("cp-1", difference), differs("cp-2", difference)]);
  expect(drafts.map(({ code, subject }) => [code, subject.server])).toEqual([
    ["vantages-differ", "cp-1"],
    ["vantages-differ", "cp-2"],
  ]);
  expect(drafts[0]?.sentence).toBe("cp-1 differs");
});

test("the path of a vantage is one finding, however many servers it does not reach", () => {
  const path = { kind: "path", failing: ["host-b", "host-c"], passing: ["host-a"] } as const;
  const drafts = createVantageFindings([differs("cp-1", path), differs("cp-2", { ...path, failing: ["host-b"] })]);
  expect(drafts.map(({ code, subject, sentence }) => [code, subject.server, sentence])).toEqual([
    [
      "vantage-path",
      "host-b",
      "host-b does not reach k8s-api/cp-1 and 1 more servers of lb-1, and the vantage beside lb-1 does",
    ],
    ["vantage-path", "host-c", "host-c does not reach k8s-api/cp-1 of lb-1, and the vantage beside lb-1 does"],
  ]);
});

test("vantages of which none is beside HAProxy are advised to have one there", () => {
  const unplaced = { kind: "unplaced", failing: ["host-a"], passing: ["host-b"] } as const;
  expect(createVantageFindings([differs("cp-1", unplaced)])[0]?.advice).toMatch(/beside HAProxy, on its UNIX socket/);
});
