import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { renderRuleIndex, renderRulePage } from "../../scripts/rule-page.ts";
import { RULES } from "../../server/advise/rules.ts";

const folder = join(import.meta.dirname, "../../docs/rules");
const pageOf = (name: string): string => readFileSync(join(folder, name), "utf8");

test.each(RULES)("the page of $id is what npm run docs:rules writes", (rule) => {
  expect(pageOf(`${rule.id}.md`)).toBe(renderRulePage(rule));
});

test("there is a page for every rule, an index, and no other", () => {
  expect(readdirSync(folder).toSorted()).toEqual([...RULES.map(({ id }) => `${id}.md`), "README.md"].toSorted());
  expect(pageOf("README.md")).toBe(renderRuleIndex());
});
