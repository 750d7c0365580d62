import { discreetly, type Kind, type Reading, readEntries, right, wrong } from "./field.ts";

/** Headers of the connection, or on which the reading of the answer depends. */
const RESERVED_HEADERS = new Set([
  "accept",
  "accept-encoding",
  "connection",
  "content-length",
  "expect",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** Further headers for a stats page; they go to that one address only, so they may hold secrets. Their values are never repeated in messages. */
export const statsHeaders: Kind<Readonly<Record<string, string>>> = {
  expected: "a mapping of header names to texts",
  hint: { type: "object", additionalProperties: { type: ["string", "number"] } },
  read: (value) => readEntries(value, "one line of printable ASCII", readHeader),
};

function readHeader(name: string, value: unknown): Reading<string> {
  if (!/^[a-z][a-z0-9!#$%&'*+.^_`|~-]{0,99}$/i.test(name)) {
    return discreetly("is no name of a header", "expected letters, digits and -, a letter first");
  }
  if (RESERVED_HEADERS.has(name.toLowerCase())) return discreetly("is set by haprobe", "leave it out");
  if (typeof value !== "string" && typeof value !== "number") return wrong("is no text");
  return /^[\t -~]{0,4096}$/.test(String(value))
    ? right(String(value).trim())
    : discreetly("holds a line break or a character outside ASCII", "expected one line of printable ASCII");
}
