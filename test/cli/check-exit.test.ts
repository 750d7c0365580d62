import { describe, expect, test } from "vitest";
import { type CheckReport, checkExitCode } from "../../server/cli/check.ts";
import type { Finding } from "../../server/contract/finding.ts";
import type { ServerStatus } from "../../server/contract/status.ts";
import { FALSE_UP, FakeFleet, makeInstanceStatus, makeServerKeys } from "../push/fake-fleet.ts";

const SPLIT: Finding = {
  id: "split/lb-1/web/s-0",
  code: "split",
  subject: { instance: "lb-1", backend: "web", server: "s-0" },
  sentence: "lb-1 has s-0 UP, lb-2 has it DOWN",
  advice: "",
  since: "2026-11-22T10:00:00.000Z",
  vantages: [],
};

/** Three servers that agree, except for the given fields of the first two. */
function reportOf(first: Partial<ServerStatus> = {}, second: Partial<ServerStatus> = {}): CheckReport {
  const fleet = new FakeFleet(makeServerKeys(3));
  fleet.set("lb-1/web/s-0", first);
  fleet.set("lb-1/web/s-1", second);
  return {
    version: 1,
    servers: [...fleet.servers()],
    instances: [makeInstanceStatus("lb-1")],
    summary: fleet.summary(),
  };
}

const FALSE_DOWN: Partial<ServerStatus> = { ...FALSE_UP, verdict: "false-down", reason: "haproxy-denied" };
const DENIED: Partial<ServerStatus> = { verdict: "unknown", phase: null, reason: "probe-denied" };
const BLIND: Partial<ServerStatus> = { verdict: "unknown", phase: null, reason: "prober-blind" };

describe("the exit code of check", () => {
  const cases: readonly [string, CheckReport, readonly Finding[], number][] = [
    ["all agree", reportOf(), [], 0],
    ["a confirmed false-up", reportOf(FALSE_UP), [], 2],
    ["one beside a false-down", reportOf(FALSE_DOWN, FALSE_UP), [], 2],
    ["one that is expected", reportOf({ ...FALSE_UP, expected: "vendor" }), [], 0],
    ["one that is only suspected", reportOf({ ...FALSE_UP, phase: "suspected" }), [], 1],
    ["one that is settling", reportOf({ ...FALSE_UP, phase: "settling" }), [], 1],
    ["a false-down", reportOf(FALSE_DOWN), [], 1],
    ["two HAProxies that disagree", reportOf(), [SPLIT], 1],
    ["a backend without a usable server", reportOf(), [{ ...SPLIT, code: "backend-without-servers" }], 1],
    ["a server that denies the probe, among others that agree", reportOf(DENIED), [], 0],
    ["a blind prober", reportOf(BLIND), [], 3],
    ["a probe that has not ended", reportOf({ verdict: "unknown", phase: null, reason: "probe-pending" }), [], 3],
    ["a mismatch beside a probe that has not ended", reportOf(FALSE_DOWN, { reason: "probe-pending" }), [], 1],
    ["a mismatch beside a blind prober", reportOf(BLIND, FALSE_DOWN), [], 1],
  ];
  test.each(cases)("%s", (_what, report, findings, code) => {
    expect(checkExitCode(report, findings)).toBe(code);
  });

  test("is 3 if a HAProxy could not be read, and if nothing could be judged", () => {
    expect(checkExitCode({ ...reportOf(), instances: [makeInstanceStatus("lb-1", { state: "failing" })] })).toBe(3);
    const unknown = reportOf().servers.map((server) => ({ ...server, ...DENIED }));
    expect(checkExitCode({ ...reportOf(), servers: unknown })).toBe(3);
    expect(checkExitCode({ ...reportOf(), servers: [] })).toBe(3);
  });

  test.each(["no-probe-rule", "skipped"] as const)("is 0 for a fleet in which every server is %s", (reason) => {
    const databases = reportOf().servers.map((server) => ({ ...server, ...DENIED, reason }));
    expect(checkExitCode({ ...reportOf(), servers: databases })).toBe(0);
  });
});
