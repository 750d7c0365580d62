import { RE2JS, RE2JSSyntaxException } from "re2js";
import type { BodyExpectation, StatusRange } from "../contract/target.ts";
import { isMapping, type Kind, quoted, type Reading, readEach, right, wrong } from "./field.ts";

const STATUS_MIN = 100;
const STATUS_MAX = 599;
const STATUS = { type: ["integer", "string"] };

/** The statuses that a rule accepts: `200`, `2xx`, `200-299`, `200,204`, or a list of these. */
export const expectedStatus: Kind<readonly StatusRange[]> = {
  expected: "a status from 100 to 599, a range such as 200-299 or 2xx, or a list of these",
  hint: { anyOf: [STATUS, { type: "array", items: STATUS, minItems: 1 }] },
  read(value) {
    const reading = Array.isArray(value)
      ? readEach(value, "a status from 100 to 599 or a range such as 200-299 or 2xx", readStatuses)
      : readStatuses(value);
    if (reading.kind === "wrong") return reading;
    const ranges = reading.value.flat();
    return ranges.length === 0 ? wrong("is an empty list") : right(ranges);
  },
};

function readStatuses(value: unknown): Reading<StatusRange[]> {
  const ranges = String(value)
    .split(",")
    .map((part) => readRange(part.trim()));
  if (isMapping(value) || ranges.includes(null)) return wrong(`is ${quoted(value)}`);
  return right(ranges.filter((range) => range !== null));
}

function readRange(text: string): StatusRange | null {
  const [, hundred] = /^([1-5])xx$/i.exec(text) ?? [];
  if (hundred !== undefined) return { from: Number(hundred) * 100, to: Number(hundred) * 100 + 99 };
  const [, first, last = first] = /^(\d{3})(?:\s*-\s*(\d{3}))?$/.exec(text) ?? [];
  const from = Number(first);
  const to = Number(last);
  return from >= STATUS_MIN && to <= STATUS_MAX && from <= to ? { from, to } : null;
}

/** What the body has to be: a text (the whole body, without space around it), `/regular expression/`, or `{contains: text}`. */
export const expectedBody: Kind<BodyExpectation> = {
  expected: "a text, a /regular expression/ or {contains: a text}",
  hint: {
    anyOf: [
      { type: ["string", "number"] },
      {
        type: "object",
        properties: { contains: { type: "string", description: "A text that the body has to hold somewhere." } },
        required: ["contains"],
        additionalProperties: false,
      },
    ],
  },
  read(value) {
    if (isMapping(value)) return readContains(value);
    // `body: 1` and `body: true` say what they mean; lists do not.
    if (typeof value === "number" || typeof value === "boolean") return right({ kind: "equals", text: String(value) });
    if (typeof value !== "string") return wrong(`is ${quoted(value)}`);
    const [, pattern, flags] = /^\/(.+)\/([a-z]*)$/s.exec(value.trim()) ?? [];
    if (pattern === undefined) return right({ kind: "equals", text: value.trim() });
    if (flags === "") return readPattern(pattern);
    return wrong(`has flags after its last slash`, `write /(?${flags})…/`);
  },
};

/** What a server has to say somewhere: a text, or `/regular expression/`. Words over TCP have no end, so none can be the whole. */
export const expectedReply: Kind<BodyExpectation> = {
  expected: "a text or a /regular expression/",
  hint: { type: ["string", "number"] },
  read(value) {
    const reading = isMapping(value) ? wrong("is a mapping") : expectedBody.read(value);
    if (reading.kind === "wrong" || reading.value.kind !== "equals") return reading;
    return reading.value.text === "" ? wrong("is empty") : right({ kind: "contains", text: reading.value.text });
  },
};

function readContains(value: Readonly<Record<string, unknown>>): Reading<BodyExpectation> {
  const unknown = Object.keys(value).find((key) => key !== "contains");
  if (unknown !== undefined) {
    return { kind: "wrong", problems: [{ wrong: "is not known", unknownKey: true, path: [unknown] }] };
  }
  const text = value.contains;
  return typeof text === "string" && text !== ""
    ? right({ kind: "contains", text })
    : { kind: "wrong", problems: [{ wrong: "is no text", expected: "a text", path: ["contains"] }] };
}

/** RE2, the same engine that will match: linear in time, so without look-around and back references. */
function readPattern(pattern: string): Reading<BodyExpectation> {
  try {
    RE2JS.compile(pattern);
    return right({ kind: "matches", pattern });
  } catch (error) {
    if (!(error instanceof RE2JSSyntaxException)) throw error;
    const part = error.input ?? "";
    const place = part === "" ? "" : ` at character ${pattern.indexOf(part) + 1} of the pattern`;
    return wrong(
      `is no regular expression: ${error.error}${part === "" ? "" : ` ${quoted(part)}`}${place}`,
      "expected the syntax of RE2, which has no look-around and no back references",
    );
  }
}
