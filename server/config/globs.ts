import { type Kind, quoted, type Reading, readEach, right, wrong } from "./field.ts";

const GLOB = { type: ["string", "integer"] };

/** Patterns with `*` and `?`, `!` in front negates; one, or a list of alternatives. */
export const globs: Kind<readonly string[]> = {
  expected: 'a pattern such as k8s-* or "!static", or a list of patterns',
  hint: { anyOf: [GLOB, { type: "array", items: GLOB, minItems: 1 }] },
  read(value) {
    // An empty list would match everything, which nobody means who writes one.
    if (Array.isArray(value) && value.length === 0) return wrong("is an empty list");
    if (Array.isArray(value)) return readEach(value, 'a pattern such as k8s-* or "!static"', readGlob);
    const reading = readGlob(value);
    return reading.kind === "right" ? right([reading.value]) : reading;
  },
};

function readGlob(value: unknown): Reading<string> {
  if (typeof value === "number" && Number.isInteger(value)) return right(String(value));
  if (typeof value !== "string" || value === "" || value === "!") return wrong(`is ${quoted(value)}`);
  return right(value);
}
