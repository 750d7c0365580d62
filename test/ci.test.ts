import { execFile, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
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

const passed = { status: "passed", fullName: "is good", failureMessages: [] };
const failed = { status: "failed", fullName: "is bad", failureMessages: ["Error: no"] };
const clean = {
  numPassedTests: 12,
  numFailedTests: 0,
  numPendingTests: 0,
  numTodoTests: 0,
  success: true,
  testResults: [{ name: "a.test.ts", status: "passed", assertionResults: [passed] }],
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
      testResults: [{ name: "a.test.ts", status: "failed", assertionResults: [failed] }],
    },
    "12 passed, 1 failed\n",
    1,
  ],
  [
    "counts a file that could not be loaded as a failure",
    { ...clean, success: false, testResults: [{ name: "a.test.ts", status: "failed", assertionResults: [] }] },
    "12 passed, 1 failed\n",
    1,
  ],
  [
    "names a test that needed a second try",
    {
      ...clean,
      testResults: [
        {
          name: "a.test.ts",
          status: "passed",
          assertionResults: [passed, { ...passed, fullName: "is slow", failureMessages: ["Error: late\n  at a.ts:1"] }],
        },
      ],
    },
    "second try: a.test.ts: is slow: Error: late\n12 passed, 0 failed\n",
    0,
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

const AUDIT = join(import.meta.dirname, "../.ci/audit");

/** Runs the audit of a project that has web 1.0.0, at a registry that answers so. */
async function audit(name: string, status: number, advisories: object) {
  const project = join(folder, name);
  const versions = { "1.0.0": { name: "web", version: "1.0.0" } };
  const registry = createServer((request, response) => {
    const isPackage = request.method === "GET" && request.url === "/web";
    response.statusCode = isPackage ? 200 : status;
    response.end(JSON.stringify(isPackage ? { name: "web", "dist-tags": { latest: "1.0.0" }, versions } : advisories));
  });
  mkdirSync(project);
  const manifest = { name: "project", version: "1.0.0", dependencies: { web: "1.0.0" } };
  const packages = { "": manifest, "node_modules/web": { version: "1.0.0" } };
  writeFileSync(join(project, "package.json"), JSON.stringify(manifest));
  writeFileSync(join(project, "package-lock.json"), JSON.stringify({ ...manifest, lockfileVersion: 3, packages }));
  await new Promise<void>((resolve) => registry.listen(0, "127.0.0.1", resolve));
  const { port } = registry.address() as AddressInfo;
  const env = { ...process.env, npm_config_registry: `http://127.0.0.1:${port}/`, npm_config_fetch_retries: "0" };
  const options = { cwd: project, env, encoding: "utf8" } as const;
  const result = await new Promise<{ status: unknown; stdout: string }>((resolve) =>
    execFile(AUDIT, options, (error, stdout) => resolve({ status: error === null ? 0 : error.code, stdout })),
  );
  registry.closeAllConnections();
  registry.close();
  return result;
}

const advisory = {
  id: 1,
  url: "https://example.com/GHSA-1",
  title: "Reads any file",
  severity: "low",
  vulnerable_versions: "<2.0.0",
};

test("a known vulnerability fails the run and is named", { concurrent: true }, async () => {
  const { status, stdout } = await audit("vulnerable", 200, { web: [advisory] });
  expect(status).toBe(1);
  expect(stdout).toContain("Reads any file");
});

test("packages without a known vulnerability pass", { concurrent: true }, async () => {
  const other = { ...advisory, vulnerable_versions: "<1.0.0" };
  expect(await audit("sound", 200, { web: [other] })).toEqual({ status: 0, stdout: "" });
});

test.each([405, 500])("a registry that answers %d to the audit passes, and that is printed", async (code) => {
  const { status, stdout } = await audit(`without-${code}`, code, {});
  expect(status).toBe(0);
  expect(stdout).toMatch(new RegExp(`^not audited: .*${code} .*/security/`));
});

test("the files that begin first are there", () => {
  expect(longest.filter((file) => !existsSync(join(import.meta.dirname, "..", file)))).toEqual([]);
});
