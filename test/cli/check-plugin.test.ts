import { describe, expect, test } from "vitest";
import { type CheckReport, checkExitCode } from "../../server/cli/check.ts";
import { renderPluginLine } from "../../server/cli/check-plugin.ts";
import type { ServerStatus } from "../../server/contract/status.ts";
import { FALSE_UP, FakeFleet, makeInstanceStatus, makeServerKeys } from "../push/fake-fleet.ts";

function reportOf(change: (fleet: FakeFleet) => void): CheckReport {
  const fleet = new FakeFleet(makeServerKeys(3));
  change(fleet);
  return { version: 1, servers: [...fleet.servers()], instances: fleet.instances(), summary: fleet.summary() };
}

function lineOf(report: CheckReport): string {
  return renderPluginLine(report, checkExitCode(report));
}

/** What follows the `|`, as monitoring systems read it. */
function dataOf(line: string): Record<string, string> {
  const pairs = line.trimEnd().split(" | ")[1]?.split(" ") ?? [];
  return Object.fromEntries(pairs.map((pair) => pair.split("=") as [string, string]));
}

describe("the line of a monitoring plugin", () => {
  test.each<[string, Partial<ServerStatus>, string]>([
    ["nothing wrong", {}, "OK"],
    ["a confirmed false-up", FALSE_UP, "CRITICAL"],
    ["one that is suspected only", { ...FALSE_UP, phase: "suspected" }, "WARNING"],
    ["one that the user expects", { ...FALSE_UP, expected: "known since May" }, "OK"],
    ["a false-down", { ...FALSE_UP, verdict: "false-down" }, "WARNING"],
  ])("says of %s its state, the sentence of all, and numbers", (_what, fields, state) => {
    const report = reportOf((fleet) => fleet.set("lb-1/web/s-0", fields));
    expect(lineOf(report)).toMatch(new RegExp(`^HAPROBE ${state} - ${report.summary.sentence} \\| .*\\n$`));
  });

  test("crosses a threshold in its numbers exactly where the state says so", () => {
    const report = reportOf((fleet) => {
      fleet.set("lb-1/web/s-0", FALSE_UP);
      fleet.set("lb-1/web/s-1", { ...FALSE_UP, verdict: "false-down" });
      fleet.set("lb-1/web/s-2", { ...FALSE_UP, expected: "known since May" });
    });
    expect(dataOf(lineOf(report))).toMatchObject({ false_up: "1;;0;0", false_down: "1;0;;0", servers: "3;;;0" });
  });

  test("has labels and values that every parser of performance data takes", () => {
    const pairs = Object.entries(dataOf(lineOf(reportOf(() => {}))));
    expect(pairs.length).toBeGreaterThan(5);
    for (const [label, value] of pairs) {
      expect(label).toMatch(/^[a-z_]{1,19}$/);
      expect(value).toMatch(/^\d+(;\d*){0,4}$/);
    }
  });

  test("names the HAProxy that cannot be read, whatever its error holds", () => {
    const error = {
      code: "HAPROBE_STATS_REFUSED",
      message: "refused | x=1\n\u001b[31m",
      remedy: "",
      at: "2026-11-22T10:00:00.000Z",
    };
    const report = { ...reportOf(() => {}), instances: [makeInstanceStatus("lb-1", { state: "failing", error })] };
    const line = lineOf(report);
    expect(line).toMatch(/^HAPROBE UNKNOWN - lb-1: refused \/ x=1\\u000a\\u001b\[31m \[HAPROBE_STATS_REFUSED\] \| /);
    expect(line.split("|")).toHaveLength(2);
    expect(line.split("\n")).toHaveLength(2);
  });
});
