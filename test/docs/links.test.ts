import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, expect, test } from "vitest";
import { anchorOf, headings, links, markdownPages } from "./markdown.ts";

const ROOT = join(import.meta.dirname, "../..");
/** Why a link of a page leads nowhere; null for a good one, and for those that leave the repository. */
function brokenLink(page: string, link: string): string | null {
  if (/^[a-z]+:/.test(link)) return null;
  const [path = "", anchor] = link.split("#");
  const target = path === "" ? join(ROOT, page) : join(ROOT, dirname(page), path);
  if (relative(ROOT, target).startsWith("..")) return `${link} leaves the repository`;
  if (!existsSync(target)) return `${link}: there is no such file`;
  if (anchor === undefined) return null;
  const text = readFileSync(target, "utf8");
  const anchors = [2, 3, 4].flatMap((level) => headings(text, level)).map(anchorOf);
  return anchors.includes(anchor) ? null : `${link}: no heading gives this anchor`;
}

describe("links", () => {
  test.each(markdownPages())("of %s lead somewhere", (page) => {
    const text = readFileSync(join(ROOT, page), "utf8");
    expect(links(text).map((link) => brokenLink(page, link))).toEqual(links(text).map(() => null));
  });

  test("that lead nowhere are seen", () => {
    expect(brokenLink("docs/concepts.md", "no-such-page.md")).toBe("no-such-page.md: there is no such file");
    expect(brokenLink("docs/concepts.md", "#no-such-heading")).toBe("#no-such-heading: no heading gives this anchor");
    expect(brokenLink("README.md", "../elsewhere")).toBe("../elsewhere leaves the repository");
    expect(brokenLink("README.md", "docs/concepts.md#verdicts")).toBeNull();
  });
});
