import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import {
  escapeUnprintable,
  escapeUnprintableInLines,
  quoteForShell,
  runtimeApiName,
} from "../../server/contract/quote.ts";

const HOSTILE = ["\u001b[2J", "\u009b31m", "a\u202eb", "\u2066x", "\u061cx", "a\nb", "a\u2028b", "\u0000", "\u007f"];
/** Two names that differ in one of these look the same. */
const INVISIBLE = ["a\u00adb", "a\u200b", "\u2060a", "\ufeffa", "a\u{e0041}"];

describe("a control character of a terminal or of the text's direction", () => {
  test.each([...HOSTILE, ...INVISIBLE])("is shown as an escape: %j", (text) => {
    const shown = escapeUnprintable(text);
    expect(shown).toMatch(/\\u[0-9a-f]{4}/);
    expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\u2028\u2029]/u);
    expect(JSON.parse(escapeUnprintable(JSON.stringify({ text }))), "JSON keeps its value").toEqual({ text });
  });

  test("stays out of a body, whose lines and tabs stay", () => {
    expect(escapeUnprintableInLines("a\tb\r\nc\r\u009bd")).toBe("a\tb\r\nc\\u000d\\u009bd");
  });

  test("has no place in letters of any language", () => {
    const text = "größer 漢字 عربى עברית 👍🏽 e\u0301 می\u200cخواهم 👩\u200d💻";
    expect(escapeUnprintable(text)).toBe(text);
  });
});

describe("a command for the Runtime API", () => {
  test("takes the names that haproxy.cfg allows", () => {
    expect(runtimeApiName("k8s_api-1.eu", "cp:2")).toBe("k8s_api-1.eu/cp:2");
  });

  test.each([
    ["b", "a\nset server b/x state maint"],
    ["b", "a;shutdown sessions"],
    ["b", "a b"],
    ["b", "$(reboot)"],
    ["b", "a'b"],
    ["b/c", "a"],
    ["b", "a\\"],
    ["b", "\u202ea"],
    ["", "a"],
  ])("refuses %j/%j", (backend, server) => {
    expect(runtimeApiName(backend, server)).toBeNull();
  });
});

describe("a word for the shell", () => {
  test.each(["http://10.0.0.1/$(reboot)", "a'b", "'; reboot; '", "`id`", "a b\\", "-n", "!!", "größer"])(
    "reaches a program unchanged: %s",
    (text) => {
      const shell = spawnSync("sh", ["-c", `printf %s ${quoteForShell(text)}`], { encoding: "utf8" });
      expect(shell.stdout).toBe(text === "-n" ? "-n" : text);
    },
  );

  test.each(HOSTILE)("is refused with a control character: %j", (text) => {
    expect(quoteForShell(text)).toBeNull();
  });
});
