import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { DEFAULT_OPTIONS } from "../../server/advise/advise.ts";
import { adviseInThread } from "../../server/advise-in-thread.ts";
import { BOUNDS } from "../../server/bounds.ts";
import { lint } from "../../server/cli/lint.ts";
import { LINT_FORMATS } from "../../server/cli/output-formats.ts";
import { systemClock } from "../../server/clock.ts";
import { escapeUnprintableInLines } from "../../server/contract/quote.ts";
import { HOSTILE_CONFIGS } from "../support/hostile-configs.ts";

const folder = mkdtempSync(join(tmpdir(), "hostile-cfg-"));
afterAll(() => rmSync(folder, { recursive: true }));

const KINDS = Object.entries(HOSTILE_CONFIGS);

/** What `haprobe lint` prints of a file, and its exit code. */
function lintFile(
  text: string,
  format: (typeof LINT_FORMATS)[number],
  fix: boolean,
): { code: number; printed: string } {
  const path = join(folder, "haproxy.cfg");
  writeFileSync(path, text);
  let printed = "";
  const take = (more: string): void => void (printed += more);
  const options = { paths: [path], format, severity: "note", fix, write: false, advise: DEFAULT_OPTIONS } as const;
  return { code: lint(options, take, take), printed };
}

test.each(KINDS)("a haproxy.cfg of %s is linted in every format, and nothing in it drives a terminal", (_, make) => {
  const text = make(2_048);
  for (const format of LINT_FORMATS) {
    const { code, printed } = lintFile(text, format, false);
    expect([0, 1, 2, 3]).toContain(code);
    expect(printed).toBe(escapeUnprintableInLines(printed));
    if (code !== 3 && (format === "json" || format === "sarif")) JSON.parse(printed);
  }
  expect([0, 1, 2, 3]).toContain(lintFile(text, "text", true).code);
});

test.each(["comments that ignore rules", "default-servers without end", "defaults from themselves"])(
  "a haproxy.cfg of a megabyte of %s is read in less than the memory and time of its thread",
  { timeout: BOUNDS.cfgTimeoutMs },
  async (kind) => {
    const text = HOSTILE_CONFIGS[kind]?.(BOUNDS.cfgFileMaxBytes) ?? "";
    const request = { instance: "lb-1", files: [{ path: "haproxy.cfg", text }] };
    await expect(adviseInThread(request, systemClock)).resolves.toBeDefined();
  },
);
