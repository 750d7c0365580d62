import { readFileSync } from "node:fs";

/** The used part of vitest's JSON report. */
interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly success: boolean;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly {
      readonly status: string;
      readonly fullName: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

const [file] = process.argv.slice(2);
if (file === undefined) throw new Error("usage: node scripts/test-summary.ts REPORT.json");
const report = read(file);
// A file that could not be loaded has no failed test, but did not pass.
const unloaded = report.testResults.filter(
  (result) => result.status === "failed" && !result.assertionResults.some((test) => test.status === "failed"),
).length;
const failed = report.numFailedTests + unloaded;
// A defect of the test or of haprobe, though it passed at last.
for (const { name, assertionResults } of report.testResults) {
  for (const { status, fullName, failureMessages } of assertionResults) {
    const [reason = ""] = (failureMessages[0] ?? "").split("\n");
    if (status === "passed" && reason !== "") console.log(`second try: ${name}: ${fullName}: ${reason}`);
  }
}
const skipped = report.numPendingTests + report.numTodoTests;
console.log(`${report.numPassedTests} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
process.exitCode = report.success && failed === 0 ? 0 : 1;

/** A run without a report has passed nothing. */
function read(path: string): Report {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Report;
  } catch {
    return {
      numPassedTests: 0,
      numFailedTests: 0,
      numPendingTests: 0,
      numTodoTests: 0,
      success: false,
      testResults: [],
    };
  }
}
