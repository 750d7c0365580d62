import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { LineCounter } from "yaml";
import { BOUNDS } from "../../server/bounds.ts";
import { keyPaths } from "../../server/config/key-paths.ts";
import { parseYaml } from "../../server/config/parse-yaml.ts";
import { settingsJsonSchema } from "../../server/config/schema.ts";
import { errorTextsOf, loadText } from "./load-text.ts";

const FOLDER = join(import.meta.dirname, "../fixtures/config");
const MARK = "#= ";
const env = { SECRET: "hunter2" };

const files = readdirSync(FOLDER).filter((name) => name.startsWith("invalid-"));

describe("an invalid configuration: every error gives its position, what is wrong and what is expected", () => {
  test.each(files)("%s", (name) => {
    const text = readFileSync(join(FOLDER, name), "utf8");
    const expected = text
      .split("\n")
      .filter((line) => line.startsWith(MARK))
      .map((line) => `haprobe.yaml:${line.slice(MARK.length)}`);
    const errors = errorTextsOf(loadText(text, { env }));
    expect(errors).toEqual(expected);
    expect(errors).not.toEqual([]);
    // Neither from the environment nor from a URL.
    expect(errors.join("\n")).not.toContain("hunter2");
  });

  test("the fixtures are there", () => {
    expect(files.length).toBeGreaterThanOrEqual(50);
  });
});

describe("a secret from a variable", () => {
  const KEYS = keyPaths(settingsJsonSchema()).map(({ path }) => path);

  test.each(KEYS)("is not repeated in an error about %s", (path) => {
    const parts = path.replace("label.NAME", "label:NAME").split(".");
    // Control characters and the length make it invalid nearly everywhere.
    const config = parts.reduceRight<unknown>((inner, part) => {
      const name = part.replace("[]", "").replace(":", ".");
      return { [name]: part.endsWith("[]") ? [inner] : inner };
    }, "${LONG}");
    const secret = "hunter2";
    const errors = errorTextsOf(
      loadText(JSON.stringify(config), { env: { LONG: `${secret}\u0001@:/?#%${"x".repeat(5_000)}` } }),
    );
    expect(errors.join("\n")).not.toContain(secret);
  });
});

describe("a file that is no configuration at all", () => {
  const cases: readonly (readonly [what: string, text: string, error: string])[] = [
    [
      "nothing",
      "",
      "haprobe.yaml:1:1: the file is empty; expected keys such as haproxy: and probes:, or no file at all",
    ],
    ["bytes that are no UTF-8", "log-level: \uFFFD", "haprobe.yaml:1:1: the file is no UTF-8 text"],
    ["UTF-16", "l\0o\0g\0", "haprobe.yaml:1:1: the file is no UTF-8 text"],
    ["too much", `# ${"x".repeat(1_048_576)}`, "haprobe.yaml:1:1: the file is longer than 1048576 bytes"],
  ];

  test.each(cases)("%s", (_what, text, error) => {
    expect(errorTextsOf(loadText(text))[0]).toBe(error);
  });

  test.each(["[", "{", "- "])("%j is nested a hundred levels at most, and read no further", (level) => {
    expect(() => parseYaml(level.repeat(90), new LineCounter())).not.toThrow();
    expect(() => parseYaml(level.repeat(210), new LineCounter())).toThrow(RangeError);
  });

  test("brackets without end", () => {
    // How deep is too deep is up to the stack of the machine.
    expect(errorTextsOf(loadText("[".repeat(20_000)))).toEqual([
      expect.stringMatching(/^haprobe\.yaml:1:\d+: the file is nested too deeply$/),
    ]);
  });

  test("a list or mapping of thousands of entries is one error, and its entries are not checked", () => {
    const keys = Array.from({ length: 2_001 }, (_, index) => `h${index}: x`).join(", ");
    const text = `probes:\n${"  - matchs:\n".repeat(2_001)}labels: {${keys}}`;
    expect(errorTextsOf(loadText(text))).toEqual([
      "haprobe.yaml:1:1: probes: a list or mapping has at most 2000 entries",
      "haprobe.yaml:2003:1: labels: a list or mapping has at most 2000 entries",
    ]);
  });

  test("that has thousands of errors gives the first hundred", () => {
    const text = `probes:\n${"  - matchs:\n".repeat(2_000)}`;
    expect(errorTextsOf(loadText(text))).toHaveLength(BOUNDS.configErrorsMax);
    expect(errorTextsOf(loadText("}}\n".repeat(4_000))).length).toBeLessThanOrEqual(BOUNDS.configErrorsMax);
  });

  test.each(["- &first &second value\n", "name: key: value\n", "- !first !second value\n", "}} # comment\n"])(
    "%j in each line is read up to a hundred lines with errors",
    (line) => {
      const { errors } = parseYaml(line.repeat(4_000), new LineCounter());
      // A line has up to two.
      expect(errors.length).toBeLessThanOrEqual(2 * BOUNDS.configErrorsMax);
    },
  );

  test.each(["|\n", ":\n", "a:\n", "- - |\n", "\n"])(
    "%j without end is no configuration, and is not parsed",
    (text) => {
      const many = text.repeat(65_536 / text.length);
      expect(errorTextsOf(loadText(`listen: a:1\n${many}`))).toEqual([
        `haprobe.yaml:1:1: more than ${BOUNDS.configTokensPerKiB} words, signs and spaces for each KiB: this is no configuration`,
      ]);
    },
  );

  test("that is dense, a thousand rules in braces, is read", () => {
    expect(errorTextsOf(loadText(`probes:\n${"  - {match: {backend: a}, tcp: {}}\n".repeat(1_000)}`))).toEqual([]);
  });

  test("that is nested too deeply in block form is an error as well", () => {
    const text = Array.from({ length: 20_000 }, (_, depth) => `${"? ".repeat(Math.min(depth, 2))}- `).join("");
    const [error] = errorTextsOf(loadText(text));
    expect(error).toContain("the file is nested too deeply");
  });

  test("aliases that stand for a thousand million values", () => {
    const levels = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"];
    for (let i = 1; i < 9; i += 1)
      levels.push(
        `a${i}: &a${i} [${Array(10)
          .fill(`*a${i - 1}`)
          .join(", ")}]`,
      );
    const errors = errorTextsOf(loadText(levels.join("\n")));
    expect(errors.filter((line) => line.includes("more than 100000 values"))).toHaveLength(1);
  });

  test("keys that mean something to JavaScript are keys like any other", () => {
    expect(errorTextsOf(loadText("__proto__: {listen: x}\nconstructor: 1\n"))).toEqual([
      "haprobe.yaml:1:1: __proto__: this name cannot be a key",
      expect.stringMatching(/^haprobe\.yaml:2:1: constructor is not known; expected listen/),
    ]);
    expect(errorTextsOf(loadText("probes: [{http: {headers: {__proto__: x}}}]"))).toEqual([
      "haprobe.yaml:1:28: probes[0].http.headers.__proto__: this name cannot be a key",
    ]);
  });

  test("lines are counted with the line ends of Windows too, and behind a byte order mark", () => {
    expect(errorTextsOf(loadText("\uFEFFlog-level: info\r\nlog-fromat: text\r\n"))).toEqual([
      "haprobe.yaml:2:1: log-fromat is not known; did you mean log-format?",
    ]);
  });
});
