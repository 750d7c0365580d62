import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

const DOCS = join(import.meta.dirname, "../../docs");
const page = readFileSync(join(DOCS, "threat-model.md"), "utf8");
/** The file and the title of the test in each row. */
const tests = [...page.matchAll(/^\|.*\| \[[^\]]+\]\(([^)]+)\): (.+) \|$/gm)].map(([, path = "", title = ""]) => ({
  path,
  title,
}));

describe("docs/threat-model.md", () => {
  test("has a test in each row", () => {
    const rows = page.split("\n").filter((line) => line.startsWith("| ") && !/^\| (?:threat|---) /.test(line));
    expect(tests).toHaveLength(rows.length);
    expect(rows.length).toBeGreaterThan(30);
  });

  test.each(tests)("names a test that exists: $title", ({ path, title }) => {
    expect(readFileSync(join(DOCS, path), "utf8")).toContain(title);
  });
});
