import { formatDuration, parseDuration } from "./duration.ts";
import { type Kind, quoted, right, wrong } from "./field.ts";
import { nearestWord } from "./nearest-word.ts";

/** Texts that hold a variable are checked when it is known, not by the editor. */
export const VARIABLE = "\\$\\{";

/** A text that fits `pattern`; numbers are not taken for texts, since YAML has already read 1.10 as 1.1. */
export function text(expected: string, pattern: RegExp): Kind<string> {
  return {
    expected,
    hint: { type: "string" },
    read(value) {
      if (typeof value === "number" || typeof value === "boolean") {
        return wrong(`is ${String(value)}, not a text`, `write "${String(value)}" in quotes`);
      }
      if (typeof value !== "string") return wrong(value === undefined ? "is missing" : `is ${noText(value)}`);
      return pattern.test(value) ? right(value) : wrong(`is ${quoted(value)}`);
    },
  };
}

/** A whole number between two bounds; digits in a text too, since a variable is always text. */
export function integer(min: number, max: number): Kind<number> {
  const expected = `a whole number from ${min} to ${max}`;
  return {
    expected,
    hint: {
      anyOf: [
        { type: "integer", minimum: min, maximum: max },
        { type: "string", pattern: `^\\d+$|${VARIABLE}` },
      ],
    },
    read(value) {
      const number = typeof value === "string" && /^\d{1,15}$/.test(value) ? Number(value) : value;
      if (number === undefined) return wrong("is missing");
      return typeof number === "number" && Number.isInteger(number) && number >= min && number <= max
        ? right(number)
        : wrong(`is ${quotedUnlessNumber(value)}`);
    },
  };
}

/** `true` or `false`. */
export const flag: Kind<boolean> = {
  expected: "true or false",
  hint: { anyOf: [{ type: "boolean" }, { type: "string", pattern: `^(true|false)$|${VARIABLE}` }] },
  read(value) {
    if (value === true || value === "true") return right(true);
    if (value === false || value === "false") return right(false);
    return wrong(`is ${quotedUnlessNumber(value)}`);
  },
};

/** Whether a value, as it was written, says yes. */
export function isTrue(value: unknown): boolean {
  return value === true || value === "true";
}

/** One of a few words. */
export function choice<const Word extends string>(words: readonly Word[]): Kind<Word> {
  return {
    expected: alternatives(words),
    hint: { anyOf: [{ enum: words }, { type: "string", pattern: VARIABLE }] },
    read(value) {
      const word = words.find((each) => each === value);
      if (word !== undefined) return right(word);
      if (value === undefined) return wrong("is missing");
      const near = typeof value === "string" ? nearestWord(value, words) : null;
      return wrong(`is ${quotedUnlessNumber(value)}`, near === null ? undefined : `did you mean ${near}?`);
    },
  };
}

/** Milliseconds, written with a unit. */
export function duration(minMs: number, maxMs: number): Kind<number> {
  const range = `from ${formatDuration(minMs)} to ${formatDuration(maxMs)}`;
  return {
    expected: `a time ${range}, such as 200ms, 5s or 1m`,
    hint: { type: "string", pattern: `^\\d+(ms|s|m|h|d)$|${VARIABLE}` },
    read(value) {
      if (typeof value === "number" || (typeof value === "string" && /^\d+$/.test(value))) {
        return wrong(`is ${value} without a unit`, `write ${value}s for seconds or ${value}ms for milliseconds`);
      }
      const ms = typeof value === "string" ? parseDuration(value) : null;
      if (ms === null) return wrong(value === undefined ? "is missing" : `is ${quoted(value)}`);
      return ms >= minMs && ms <= maxMs ? right(ms) : wrong(`is ${quoted(value)}`);
    },
  };
}

/** Another kind that may also be one given word. */
export function orWord<T, const Word extends string>(kind: Kind<T>, word: Word): Kind<T | Word> {
  return {
    expected: `${word} or ${kind.expected}`,
    hint: { anyOf: [{ const: word }, kind.hint] },
    read: (value) => (value === word ? right(word) : kind.read(value)),
  };
}

/** `a, b or c`. */
export function alternatives(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}

function noText(value: unknown): string {
  return value === null ? "empty" : quoted(value);
}

function quotedUnlessNumber(value: unknown): string {
  if (value === null) return "empty";
  return typeof value === "number" || typeof value === "boolean" ? String(value) : quoted(value);
}
