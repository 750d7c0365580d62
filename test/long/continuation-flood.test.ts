import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

/** Three minutes on a quiet machine; the process ends with the test. */
const DEADLINE_MS = 1_800_000;

test("the process survives 300 rounds of 20 servers whose header blocks never end", {
  timeout: DEADLINE_MS + 10_000,
}, async () => {
  const script = fileURLToPath(new URL("../probe/continuation-flood.ts", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [script, "300", "20"], { timeout: DEADLINE_MS });
  expect(JSON.parse(stdout)).toEqual(["probe-protocol-error"]);
});
