import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ERROR_REMEDIES } from "../../server/errors.ts";
import { headings, sections } from "./markdown.ts";

const page = readFileSync(join(import.meta.dirname, "../../docs/errors.md"), "utf8");

describe("docs/errors.md", () => {
  test("has a section for every code, and none for a code that does not exist, in alphabetical order", () => {
    expect(headings(page, 2)).toEqual(Object.keys(ERROR_REMEDIES).toSorted());
  });

  test.each([...sections(page, 2)])("says of %s what happened, why, and what to do", (_code, text) => {
    expect(text).toMatch(/^\*\*What happened:\*\* .+\.$/m);
    expect(text).toMatch(/^\*\*Why:\*\* .+\.$/m);
    expect(text).toMatch(/^\*\*What to do:\*\* .+\.$/m);
  });
});
