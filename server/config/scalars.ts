import { z } from "zod";
import { formatDuration, parseDuration } from "./duration.ts";
import { nearestWord } from "./nearest-word.ts";

/** A text that matches `pattern`. Numbers are refused, since YAML has already read 1.10 as 1.1. */
export function text(expected: string, pattern: RegExp) {
  return z
    .string({
      error: ({ input }) =>
        typeof input === "number" || typeof input === "boolean"
          ? "write it in quotes to make it a text"
          : `expected ${expected}`,
    })
    .regex(pattern, `expected ${expected}`);
}

/** A whole number between two bounds; also digits in a text, since a variable is always text. */
export function integer(min: number, max: number) {
  const expected = `expected a whole number from ${min} to ${max}`;
  return z
    .codec(
      z.union([z.number(), z.string().regex(/^\d{1,15}$/, expected)], expected),
      z.int(expected).min(min, expected).max(max, expected),
      { decode: Number, encode: (number) => number },
    )
    .meta({
      anyOf: [
        { type: "integer", minimum: min, maximum: max },
        { type: "string", pattern: "^\\d+$|\\$\\{" },
      ],
    });
}

/** `true` or `false`. */
export function flag() {
  return z.codec(z.union([z.boolean(), z.enum(["true", "false"])], "expected true or false"), z.boolean(), {
    decode: isTrue,
    encode: (value) => value,
  });
}

/** True for a written `true`. */
export function isTrue(value: unknown): boolean {
  return value === true || value === "true";
}

/** One of a few words. */
export function choice<const Word extends string>(words: readonly Word[]) {
  return z.enum(words, {
    error: ({ input }) => {
      const near = typeof input === "string" ? nearestWord(input, words) : null;
      return near === null ? `expected ${alternatives(words)}` : `did you mean ${near}?`;
    },
  });
}

/** Milliseconds, written with a unit. `also` is what else the key takes, such as `auto or `. */
export function duration(minMs: number, maxMs: number, also = "") {
  const range = `from ${formatDuration(minMs)} to ${formatDuration(maxMs)}`;
  const expected = `expected ${also}a time ${range}, such as 200ms, 5s or 1m`;
  const error = ({ input }: { readonly input?: unknown }): string =>
    /^\d+$/.test(String(input)) ? "expected a number with its unit, such as 200ms, 5s or 1m" : expected;
  return z.codec(
    z.string({ error }).regex(/^\d{1,9}(ms|s|m|h|d)$/, { error }),
    z.number().min(minMs, expected).max(maxMs, expected),
    { decode: (written) => parseDuration(written) ?? Number.NaN, encode: formatDuration },
  );
}

/** One item, or a list of at least one. */
export function oneOrMore<Item extends z.ZodType>(item: Item, expected: string) {
  return z.codec(z.union([z.array(item).min(1, expected), item], expected), z.custom<readonly z.output<Item>[]>(), {
    decode: (value) => (Array.isArray(value) ? value : [value]),
    encode: (items) => [...items] as z.output<Item>[],
  });
}

/** `a, b or c`. */
export function alternatives(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}
