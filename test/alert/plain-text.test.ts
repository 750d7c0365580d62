import { describe, expect, test } from "vitest";
import { breakMentions, cut, cutBytes, toPlainLine } from "../../server/alert/plain-text.ts";

describe("text from servers becomes one plain line", () => {
  test.each([
    ["a\r\nb\tc", "a b c", "line ends and tabs are spaces"],
    ["\u001b[31mred\u001b[0m", "red", "ANSI colours are removed"],
    ["\u001b]8;;http://evil.example\u0007link\u001b]8;;\u0007", "link", "ANSI links are removed"],
    ["bell\u0007", "bell\\u0007", "other controls are written as escapes"],
    ["abc\u202edef", "abc\\u202edef", "marks of the text's direction are written as escapes"],
    ["cp\u200b-1", "cp-1", "characters without a width are removed"],
  ])("%j becomes %j: %s", (text, line) => {
    expect(toPlainLine(text, 100)).toBe(line);
  });

  test("and is cut to its limit, between characters", () => {
    expect(toPlainLine("abcdef", 4)).toBe("abc…");
    expect(toPlainLine("ab😀def", 4)).toBe("ab…");
    expect(toPlainLine("\u0007".repeat(1_000), 20)).toHaveLength(20);
  });
});

test("a lone surrogate is replaced, since JSON and mail refuse it", () => {
  expect(cut("a\ud800b", 10)).toBe("a\ufffdb");
});

test("a text is cut to bytes between characters", () => {
  const shown = cutBytes("€".repeat(20), 20);
  expect(Buffer.byteLength(shown)).toBeLessThanOrEqual(20);
  expect(shown).toBe("€€€€€…");
});

test("a mention gets a space without a width", () => {
  expect(breakMentions("@all, #here, a@b, 5 @ 6")).toBe("@\u200ball, #\u200bhere, a@\u200bb, 5 @ 6");
});
