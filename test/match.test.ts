import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { matchesPatterns, matchesGlob } from "../server/match.ts";

describe("a glob", () => {
  const cases: readonly (readonly [pattern: string, text: string, matches: boolean])[] = [
    ["k8s-*", "k8s-api", true],
    ["k8s-*", "k8s-", true],
    ["k8s-*", "my-k8s-api", false],
    ["*-api", "k8s-api", true],
    ["*-api", "k8s-api-2", false],
    ["k*s*i", "k8s-api", true],
    ["a*b*c", "abc", true],
    ["a*ab", "aab", true],
    ["*aab", "aaaab", true],
    ["cp-?", "cp-1", true],
    ["cp-?", "cp-", false],
    ["cp-?", "cp-10", false],
    ["*", "", true],
    ["**", "x", true],
    ["", "", true],
    ["", "x", false],
    ["api", "API", false],
    ["a.c", "abc", false],
    ["[a]", "a", false],
    ["a+", "aa", false],
    ["a/*", "a/b/c", true],
  ];

  test.each(cases)("%j against %j: %j", (pattern, text, matches) => {
    expect(matchesGlob(pattern, text)).toBe(matches);
  });

  test("matches what a regular expression of the same meaning matches", () => {
    const letters = fc.string({ unit: fc.constantFrom("a", "b", "*", "?"), maxLength: 8 });
    fc.assert(
      fc.property(letters, fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 8 }), (pattern, text) => {
        const regex = new RegExp(`^${pattern.replaceAll("*", ".*").replaceAll("?", ".")}$`);
        expect(matchesGlob(pattern, text)).toBe(regex.test(text));
      }),
      { seed: 1, numRuns: 2_000 },
    );
  });

  test("of many stars ends on a text that nearly matches", () => {
    expect(matchesGlob(`${"a*".repeat(500)}b`, "a".repeat(5_000))).toBe(false);
  });
});

describe("a list of globs", () => {
  const cases: readonly (readonly [patterns: readonly string[], text: string, matches: boolean, rule: string])[] = [
    [["api", "web"], "web", true, "is alternatives"],
    [["api", "web"], "db", false, "matches nothing else"],
    [["api-*", "!api-old"], "api-old", false, "takes back what ! names"],
    [["!api-old", "api-*"], "api-old", false, "takes it back in any order"],
    [["api-*", "!api-old"], "web", false, "with a positive one does not match the rest"],
    [["!api-old"], "web", true, "of negations only matches the rest"],
    [["!api-old", "!web"], "web", false, "of negations only takes each of them back"],
    [[], "anything", true, "without entries matches everything"],
  ];

  test.each(cases)("%j against %j: %j, it %s", (patterns, text, matches) => {
    expect(matchesPatterns(patterns, text)).toBe(matches);
  });
});
