import { globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { REPLACED_WORDS } from "./replaced-words.ts";

/** Text that leaves the process and therefore keeps its word. */
const KEPT = ["config-doubt"];

/** The words of a line: identifiers are split at humps, so that `isDoorOpen` holds `door`. */
function wordsOf(line: string): string[] {
  const text = KEPT.reduce((rest, kept) => rest.replaceAll(kept, ""), line);
  return (text.match(/[A-Z]?[a-z]+|[A-Z]+(?![a-z])/g) ?? []).map((word) => word.toLowerCase());
}

test.each([
  ["const isDoorOpen = 1;", ["is", "door", "open"]],
  ["`config-doubt` HTTPServer", ["http", "server"]],
])("%s is split into its words", (line, words) => {
  for (const word of words) expect(wordsOf(line)).toContain(word);
  expect(wordsOf(line)).not.toContain("doubt");
});

test("names, comments, messages and pages use the field's terms", () => {
  const files = ["server", "web", "bench", "demo", "docs"].flatMap((folder) =>
    globSync(`${folder}/**/*.{ts,tsx,css,html,md,mjs,js}`),
  );
  const found = [...files, "README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"].flatMap((file) =>
    readFileSync(file, "utf8")
      .split("\n")
      .flatMap((line, index) =>
        wordsOf(line)
          .filter((word) => Object.hasOwn(REPLACED_WORDS, word))
          .map((word) => `${file}:${index + 1}: "${word}": ${REPLACED_WORDS[word]}`),
      ),
  );
  expect(files.length).toBeGreaterThan(300);
  expect(found).toEqual([]);
});
