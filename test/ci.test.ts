import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { longest } from "./longest-first.ts";

const SUMMARY = join(import.meta.dirname, "../scripts/test-summary.ts");
const folder = mkdtempSync(join(tmpdir(), "haprobe-ci-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs the script that makes the last line of .ci/run, on this report. */
function summary(report: string) {
  const file = join(folder, "report.json");
  writeFileSync(file, report);
  const { stdout, status } = spawnSync(process.execPath, [SUMMARY, file], { encoding: "utf8" });
  return { stdout, status };
}

const clean = {
  numPassedTests: 12,
  numFailedTests: 0,
  numPendingTests: 0,
  numTodoTests: 0,
  success: true,
  testResults: [{ status: "passed", assertionResults: [{ status: "passed" }] }],
};

const cases: readonly (readonly [rule: string, report: object, line: string, status: number])[] = [
  ["counts what passed", clean, "12 passed, 0 failed\n", 0],
  ["names skipped tests", { ...clean, numPendingTests: 1 }, "12 passed, 0 failed, 1 skipped\n", 0],
  [
    "fails with a failed test",
    {
      ...clean,
      numFailedTests: 1,
      success: false,
      testResults: [{ status: "failed", assertionResults: [{ status: "failed" }] }],
    },
    "12 passed, 1 failed\n",
    1,
  ],
  [
    "counts a file that could not be loaded as a failure",
    { ...clean, success: false, testResults: [{ status: "failed", assertionResults: [] }] },
    "12 passed, 1 failed\n",
    1,
  ],
  [
    "fails where the runner is not content for another reason",
    { ...clean, success: false },
    "12 passed, 0 failed\n",
    1,
  ],
];

test.each(cases)("the summary of a run %s", (_rule, report, line, status) => {
  expect(summary(JSON.stringify(report))).toEqual({ stdout: line, status });
});

test("a run that broke off in the middle of its report has passed nothing", () => {
  expect(summary('{"numPassedTests": 12')).toEqual({ stdout: "0 passed, 0 failed\n", status: 1 });
});

test("the files that begin first are there", () => {
  expect(longest.filter((file) => !existsSync(join(import.meta.dirname, "..", file)))).toEqual([]);
});
