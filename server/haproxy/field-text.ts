import { isUtf8 } from "node:buffer";

/** V8 copies shorter substrings; longer ones point into the text that they were cut from. */
const SHORTEST_SLICE = 13;
const BEYOND_ASCII = /[\x80-\xff]/;

/**
 * A field of an answer (one character per byte) as text: UTF-8 where its bytes are, else Latin-1.
 * The result is a string of its own, so that keeping one name does not keep a whole answer in memory;
 * `before` is given back where the field still says the same.
 */
export function decodeField(field: string, before = ""): string {
  if (BEYOND_ASCII.test(field)) {
    const bytes = Buffer.from(field, "latin1");
    const text = isUtf8(bytes) ? bytes.toString("utf8") : bytes.toString("latin1");
    return text === before ? before : text;
  }
  if (field === before) return before;
  return field.length < SHORTEST_SLICE ? field : Buffer.from(field, "latin1").toString("latin1");
}
