import { RE2JS, RE2JSSyntaxException } from "re2js";
import { z } from "zod";
import type { BodyExpectation, StatusRange } from "../contract/target.ts";
import { reject } from "./reject.ts";
import { oneOrMore } from "./scalars.ts";

const STATUS = "expected a status from 100 to 599, a range such as 200-299 or 2xx, or a list of these";
const BODY = "expected a text, a /regular expression/ or {contains: a text}";
const REPLY = "expected a text or a /regular expression/";
const RE2_SYNTAX = "expected the syntax of RE2, which has no look-around and no back references";

const statuses = z.codec(z.union([z.int(), z.string()], STATUS), z.custom<readonly StatusRange[]>(), {
  decode: (written, payload) => {
    const ranges = String(written)
      .split(",")
      .map((part) => parseRange(part.trim()));
    return ranges.includes(null) ? reject(payload, STATUS) : ranges.filter((range) => range !== null);
  },
  encode: formatRanges,
});

/** The statuses that a rule accepts: `200`, `2xx`, `200-299`, `200,204`, or a list of these. */
export const expectedStatus = z.codec(oneOrMore(statuses, STATUS), z.custom<readonly StatusRange[]>(), {
  decode: (lists) => lists.flat(),
  encode: (ranges) => ranges.map((range) => [range]),
});

function parseRange(text: string): StatusRange | null {
  const [, hundred] = /^([1-5])xx$/i.exec(text) ?? [];
  if (hundred !== undefined) return { from: Number(hundred) * 100, to: Number(hundred) * 100 + 99 };
  const [, first, last = first] = /^(\d{3})(?:\s*-\s*(\d{3}))?$/.exec(text) ?? [];
  const [from, to] = [Number(first), Number(last)];
  return from >= 100 && to <= 599 && from <= to ? { from, to } : null;
}

function formatRanges(ranges: readonly StatusRange[]): number | string {
  const [first] = ranges;
  if (first !== undefined && ranges.length === 1 && first.from === first.to) return first.from;
  return ranges.map(({ from, to }) => (from === to ? `${from}` : `${from}-${to}`)).join(",");
}

const contains = z.strictObject({
  contains: z
    .string("expected a text")
    .min(1, "expected a text")
    .describe("A text that the body has to hold somewhere."),
});

/** What the body has to be: a text (the whole body, without space around it), `/regular expression/`, or `{contains: text}`. */
export const expectedBody = z.codec(
  z.union([z.string(), z.number(), z.boolean(), contains], BODY),
  z.custom<BodyExpectation>(),
  {
    decode: (written, payload): BodyExpectation =>
      typeof written === "object" ? { kind: "contains", text: written.contains } : parseText(String(written), payload),
    encode: (body) => (body.kind === "contains" ? { contains: body.text } : formatText(body)),
  },
);

/** What a server has to say somewhere: a text, or `/regular expression/`. A stream has no end, so no text can be the whole of it. */
export const expectedReply = z.codec(
  z.union([z.string(), z.number(), z.boolean()], REPLY),
  z.custom<BodyExpectation>(),
  {
    decode: (written, payload): BodyExpectation => {
      const body = parseText(String(written), payload);
      if (body.kind !== "equals") return body;
      return body.text === "" ? reject(payload, REPLY) : { kind: "contains", text: body.text };
    },
    encode: formatText,
  },
);

function parseText(written: string, payload: z.core.ParsePayload): BodyExpectation {
  const text = written.trim();
  const [, pattern, flags] = /^\/(.+)\/([a-z]*)$/s.exec(text) ?? [];
  if (pattern === undefined) return { kind: "equals", text };
  if (flags !== "") return reject(payload, "write (?i) after the first slash", "has flags after its last slash");
  const error = patternError(pattern);
  return error === null ? { kind: "matches", pattern } : reject(payload, RE2_SYNTAX, error);
}

function formatText(body: BodyExpectation): string {
  if (body.kind === "any") return "";
  return body.kind === "matches" ? `/${body.pattern}/` : body.text;
}

/** The error of a pattern for RE2, the engine that matches it in linear time; null for a valid one. */
function patternError(pattern: string): string | null {
  try {
    RE2JS.compile(pattern);
    return null;
  } catch (error) {
    if (!(error instanceof RE2JSSyntaxException)) throw error;
    const part = error.input ?? "";
    const place = part === "" ? "" : ` at character ${pattern.indexOf(part) + 1} of the pattern`;
    return `is no regular expression: ${error.error}${place}`;
  }
}
