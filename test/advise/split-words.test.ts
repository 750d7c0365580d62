import { describe, expect, test } from "vitest";
import { UNKNOWN_CHARACTER as X } from "../../server/advise/config-file.ts";
import { splitWords } from "../../server/advise/split-words.ts";

const CASES: readonly [name: string, line: string, words: readonly string[]][] = [
  ["spaces and tabs", "  a\tb  c ", ["a", "b", "c"]],
  ["a comment", "a b # c", ["a", "b"]],
  ["a hash within a word ends it", "a#b", ["a"]],
  ["an escaped hash", "a\\#b", ["a#b"]],
  ["an escaped space", "Host:\\ foo", ["Host: foo"]],
  ["quotes within a word", "\"a b\"c'd e'", ["a bcd e"]],
  ["quotes of the other kind", '"it\'s" \'say "x"\'', ["it's", 'say "x"']],
  ["escaped quotes", '"in \\"q\\"" a\\"b', ['in "q"', 'a"b']],
  ["nothing is escaped in single quotes", "'a \\n $X'", ["a \\n $X"]],
  ["control characters", 'a\\nb "\\r" \\t', ["a\nb", "\r", "\t"]],
  ["hexadecimal", "h\\x41\\x42", ["hAB"]],
  ["an escape that is none", "s\\zt", ["s\\zt"]],
  ["no line continues on the next", "inter\\", ["inter\\"]],
  ["a variable without a default is unknown", '"x${UNSET}y"', [`x${X}y`]],
  ["a variable with a default", '"x${UNSET-def}y"', ["xdefy"]],
  ["a variable outside of double quotes belongs to a template", "$HOME ${HOME}:6443", [X, `${X}:6443`]],
  ["an escaped dollar", '"\\$X"', ["$X"]],
  ["an empty word", '""', [""]],
  ["the carriage return of another system", "a b\r", ["a", "b"]],
];

describe("a line of haproxy.cfg is split into words", () => {
  test.each(CASES)("%s", (_, line, words) => {
    expect(splitWords(line).words.map(({ text }) => text)).toEqual(words);
  });

  test("with their columns, quotes included", () => {
    const [first, second] = splitWords(' server "a b" # x').words;
    expect(first).toEqual({ text: "server", column: 2, endColumn: 8 });
    expect(second).toEqual({ text: "a b", column: 9, endColumn: 14 });
  });

  test.each([
    ["a \"b\" 'c'", true],
    ['a "b', false],
    ["a 'b\\'", true],
    ['a "b\\"', false],
    ["a # it's", true],
    ["a b\\", false],
    ["a b\\\r", false],
    ["a\\\tb", false],
    ["a b\\\\", true],
    ["a b\\zc", true],
  ])("%s is closed: %s", (line, isClosed) => {
    expect(splitWords(line).isClosed).toBe(isClosed);
  });
});
