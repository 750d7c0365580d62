import { describe, expect, test } from "vitest";
import { substituteVariables } from "../../server/config/environment.ts";
import { errorTextsOf, loadText, settingsOf } from "./load-text.ts";

const env = { SITE: "fra", EMPTY: "", TRICK: "x, every: 9s}\nlisten: 0.0.0.0:1", COST: "$5", PORT: "6443" };

describe("a variable", () => {
  const cases: readonly (readonly [text: string, filled: string])[] = [
    ["${SITE}", "fra"],
    ["a-${SITE}-${SITE}", "a-fra-fra"],
    ["${NONE:-ams}", "ams"],
    ["${EMPTY:-ams}", "ams"],
    ["${EMPTY}", ""],
    ["${NONE:-}", ""],
    ["${NONE:-a:-b}", "a:-b"],
    ["$$", "$"],
    ["$${SITE}", "${SITE}"],
    ["$$$${SITE}", "$${SITE}"],
    ["$$${SITE}", "$fra"],
    ["/ok$/", "/ok$/"],
    ["$SITE", "$SITE"],
    ["${COST}", "$5"],
  ];

  test.each(cases)("%j is %j", (text, filled) => {
    expect(substituteVariables(text, env)).toMatchObject({ kind: "right", text: filled });
  });

  const wrong: readonly (readonly [text: string, message: string])[] = [
    ["${NONE}", "the variable NONE is not set; set it, or write ${NONE:-default}"],
    ["${toString}", "the variable toString is not set; set it, or write ${toString:-default}"],
    ["${}", "${} is no variable; expected ${NAME} or ${NAME:-default}, and $$ for a plain $"],
    ["${A-B}", "${A-B} is no variable; expected ${NAME} or ${NAME:-default}, and $$ for a plain $"],
    ["x ${SITE", "${SITE is no variable; expected ${NAME} or ${NAME:-default}, and $$ for a plain $"],
  ];

  test.each(wrong)("%j is wrong", (text, message) => {
    expect(substituteVariables(text, env)).toEqual({ kind: "wrong", message });
  });

  test("cannot bring keys of its own", () => {
    const errors = errorTextsOf(loadText('haproxy-defaults: {site: "${TRICK}"}', { env }));
    expect(errors).toEqual([
      "haprobe.yaml:1:26: haproxy-defaults.site has a wrong value after ${TRICK} is filled in; expected 1 to 63 letters, digits, dots, - or _, a letter or digit first",
    ]);
  });

  test("inside braces needs quotes", () => {
    expect(errorTextsOf(loadText("haproxy-defaults: {site: ${SITE}}", { env }))).toEqual([
      'haprobe.yaml:1:27: a variable inside { } or [ ] needs quotes: "${NAME}"',
    ]);
  });

  test("may stand for a number, a flag and a time", () => {
    const text = 'probes: [{http: {port: "${PORT}"}, same-question: "${FLAG:-true}", timeout: "${WAIT:-3s}"}]';
    expect(settingsOf(loadText(text, { env })).rules[0]).toMatchObject({
      probe: { port: 6443 },
      sameQuestion: true,
      timeoutMs: 3_000,
    });
  });
});
