import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { codeBlocks } from "./markdown.ts";

const ROOT = join(import.meta.dirname, "../..");
const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { scripts: Record<string, string> };

/** Names of the npm scripts that a page tells its readers to run. */
function scriptsIn(text: string): string[] {
  const named = [...text.matchAll(/npm run (?:--silent )?([a-z][a-z:-]*)/g)].map((match) => match[1] ?? "");
  return /npm test\b/.test(text) ? [...named, "test"] : named;
}

describe.each(["README.md", "CONTRIBUTING.md"])("commands of %s", (page) => {
  const text = readFileSync(join(ROOT, page), "utf8");

  test("are scripts of package.json", () => {
    const named = scriptsIn(text);
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((name) => manifest.scripts[name] === undefined)).toEqual([]);
  });
});

test("the README shows the two commands that a newcomer and a CI need", () => {
  const shown = codeBlocks(readFileSync(join(ROOT, "README.md"), "utf8"), "sh").join("");
  expect(shown).toContain("npm ci && npm run demo\n");
  expect(shown).toContain("npm ci && npm test\n");
});

test("CONTRIBUTING.md explains every script that people run", () => {
  const text = readFileSync(join(ROOT, "CONTRIBUTING.md"), "utf8");
  const forPeople = Object.keys(manifest.scripts).filter((name) => !name.startsWith("pre"));
  expect(forPeople.filter((name) => !scriptsIn(text).includes(name))).toEqual([]);
});
