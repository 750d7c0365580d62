import { BOUNDS } from "../bounds.ts";
import { COMMA, equalsText, LF, QUOTE, parseInteger } from "./field-bytes.ts";
import { decodeField } from "./field-text.ts";

const ASCII_MAX = 0x7f;

/** How a scan ended; `malformed` is a record to skip, the unterminated ones are a truncated response. */
export type ScanResult = "complete" | "malformed" | "unterminated" | "unterminated-quote";

/** The record that was scanned last: offsets of its selected fields, each decoded on demand and cut at 1 KiB. */
export class StatRecord {
  readonly #bytes: Buffer;
  readonly #starts: Int32Array;
  readonly #ends: Int32Array;
  /** Last text of each column, since most columns repeat from row to row. */
  readonly #lastTexts: string[];
  #hasQuotes = false;
  fieldCount = 0;
  /** Offset after the record's line feed; for a malformed record an offset within it. */
  endOffset = 0;

  constructor(bytes: Buffer, columns: number) {
    this.#bytes = bytes;
    this.#starts = new Int32Array(columns);
    this.#ends = new Int32Array(columns);
    this.#lastTexts = new Array<string>(columns).fill("");
  }

  /** Scans the record at `from`; `slots` has the column of each field, or -1. Reads at most `statRowMaxBytes`. */
  scan(from: number, slots: Int16Array): ScanResult {
    const bytes = this.#bytes;
    const starts = this.#starts;
    const ends = this.#ends;
    const limit = Math.min(bytes.length, from + BOUNDS.statRowMaxBytes);
    let field = 0;
    let start = from;
    let i = from;
    this.endOffset = from;
    this.#hasQuotes = false;
    while (i < limit) {
      const c = bytes[i] ?? 0;
      i += 1;
      if (c > COMMA) continue;
      if (c === COMMA) {
        const slot = slots[field] ?? -1;
        if (slot >= 0) {
          starts[slot] = start;
          ends[slot] = i - 1;
        }
        field += 1;
        start = i;
      } else if (c === LF) {
        const slot = slots[field] ?? -1;
        if (slot >= 0) {
          starts[slot] = start;
          ends[slot] = i - 1;
        }
        this.fieldCount = field + 1;
        this.endOffset = i;
        return "complete";
      } else if (c === QUOTE) return this.#scanQuoted(from, limit, slots);
    }
    return limit === bytes.length ? "unterminated" : "malformed";
  }

  /** Scans a record with quotes, which few records have. */
  #scanQuoted(from: number, limit: number, slots: Int16Array): ScanResult {
    const bytes = this.#bytes;
    this.#hasQuotes = true;
    let field = 0;
    let start = from;
    for (let i = from; i < limit; i += 1) {
      let c = bytes[i] ?? 0;
      let end = i;
      if (c === QUOTE) {
        if (i !== start) return "malformed";
        end = this.#findClosingQuote(i + 1, limit);
        if (end < 0) return limit === bytes.length ? "unterminated-quote" : "malformed";
        start += 1;
        i = end + 1;
        if (i >= limit) break;
        c = bytes[i] ?? 0;
        if (c !== COMMA && c !== LF) return "malformed";
      } else if (c !== COMMA && c !== LF) continue;
      const slot = slots[field] ?? -1;
      if (slot >= 0) {
        this.#starts[slot] = start;
        this.#ends[slot] = end;
      }
      field += 1;
      start = i + 1;
      if (c === LF) {
        this.fieldCount = field;
        this.endOffset = i + 1;
        return "complete";
      }
    }
    return limit === bytes.length ? "unterminated" : "malformed";
  }

  /** The field with one character per byte. */
  raw(column: number): string {
    const [from, to] = [this.#starts[column] ?? 0, this.#ends[column] ?? 0];
    if (this.#isQuoted(from)) return this.#slice(from, to).replaceAll('""', '"');
    const last = this.#lastTexts[column] ?? "";
    if (equalsText(this.#bytes, from, to, last)) return last;
    const text = this.#slice(from, to);
    this.#lastTexts[column] = text;
    return text;
  }

  /** The decoded field; `before` itself where the text is the same. */
  text(column: number, before = ""): string {
    const [from, to] = [this.#starts[column] ?? 0, this.#ends[column] ?? 0];
    // Doubled quotes and non-ASCII bytes decode to other characters.
    if (!this.#isQuoted(from) && equalsText(this.#bytes, from, to, before, ASCII_MAX)) return before;
    return decodeField(this.raw(column), before);
  }

  /** The field as an integer; null where it is empty or no integer. */
  number(column: number): number | null {
    return parseInteger(this.#bytes, this.#starts[column] ?? 0, this.#ends[column] ?? 0);
  }

  /** The field as an integer, clamped to 0…`max`; null where it is empty or no integer. */
  unsigned(column: number, max: number = Number.MAX_SAFE_INTEGER): number | null {
    const value = this.number(column);
    if (value === null) return null;
    return value > max ? max : value < 0 ? 0 : value;
  }

  fieldOffset(column: number): number {
    return this.#starts[column] ?? 0;
  }

  #slice(from: number, to: number): string {
    return this.#bytes.toString("latin1", from, Math.min(to, from + BOUNDS.statTextMaxChars));
  }

  /** A field with quotes starts after its opening quote; no other field is preceded by one. */
  #isQuoted(start: number): boolean {
    return this.#hasQuotes && this.#bytes[start - 1] === QUOTE;
  }

  #findClosingQuote(from: number, limit: number): number {
    const bytes = this.#bytes;
    for (let i = from; i < limit; i += 1) {
      if (bytes[i] !== QUOTE) continue;
      if (bytes[i + 1] !== QUOTE) return i;
      i += 1;
    }
    return -1;
  }
}
