import { type Kind, quoted, type Reading, readEach, right, wrong } from "./field.ts";
import { readNetwork } from "./network.ts";

const GLOB = { type: ["string", "integer"] };

/** Patterns with `*` and `?`, `!` in front negates; one, or a list of alternatives. */
export const globs: Kind<readonly string[]> = oneOrMore('a pattern such as k8s-* or "!static"', readGlob);

/** The same for addresses, where one with a slash is a network. */
export const addressGlobs: Kind<readonly string[]> = oneOrMore(
  'a pattern such as 10.0.* or a network such as "!10.0.0.0/8"',
  readAddressGlob,
);

function oneOrMore(one: string, read: (item: unknown) => Reading<string>): Kind<readonly string[]> {
  return {
    expected: `${one}, or a list of patterns`,
    hint: { anyOf: [GLOB, { type: "array", items: GLOB, minItems: 1 }] },
    read(value) {
      // An empty list would match everything, which nobody means who writes one.
      if (Array.isArray(value) && value.length === 0) return wrong("is an empty list");
      if (Array.isArray(value)) return readEach(value, one, read);
      const reading = read(value);
      return reading.kind === "right" ? right([reading.value]) : reading;
    },
  };
}

function readAddressGlob(value: unknown): Reading<string> {
  const reading = readGlob(value);
  if (reading.kind === "wrong" || !reading.value.includes("/")) return reading;
  const negated = reading.value.startsWith("!");
  const network = readNetwork(negated ? reading.value.slice(1) : reading.value);
  return network.kind === "right" ? reading : network;
}

function readGlob(value: unknown): Reading<string> {
  if (typeof value === "number" && Number.isInteger(value)) return right(String(value));
  if (typeof value !== "string" || value === "" || value === "!") return wrong(`is ${quoted(value)}`);
  return right(value);
}
