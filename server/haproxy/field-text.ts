import { isUtf8 } from "node:buffer";
import { escapeUnprintable, escapeUnprintableInLines } from "../contract/quote.ts";

/** V8 copies shorter substrings; longer ones reference the string they are cut from. */
const SHORTEST_SLICE = 13;
const NON_PRINTABLE = /[^\x20-\x7e]/;

/**
 * Decodes a field (one character per byte) as UTF-8 where it is valid, else as Latin-1; control characters become escapes.
 * Returns a copy, so that a name does not keep the whole response in memory, or `before` itself where the text is the same.
 */
export function decodeField(field: string, before = "", escape = escapeUnprintableInLines): string {
  if (NON_PRINTABLE.test(field)) {
    const bytes = Buffer.from(field, "latin1");
    const text = escape(isUtf8(bytes) ? bytes.toString("utf8") : bytes.toString("latin1"));
    return text === before ? before : text;
  }
  if (field === before) return before;
  return field.length < SHORTEST_SLICE ? field : Buffer.from(field, "latin1").toString("latin1");
}

/** The same for a name, in which the end of a line is an escape as well: advice and commands that have the name in them stay one line. */
export function decodeName(field: string, before = ""): string {
  return decodeField(field, before, escapeUnprintable);
}
