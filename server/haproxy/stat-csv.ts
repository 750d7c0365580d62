import { parse } from "csv-parse/sync";
import { HaprobeError } from "../errors.ts";

const LF = 10;
const QUOTE = 34;
const COMMA = 44;
const MINUS = 45;
const ZERO = 48;
const NINE = 57;

/** Values of one record, by the place of their column in the list that was asked for. Valid until the next record. */
export interface StatRecord {
  /** The field as it stands there, one character per byte; see fieldText. */
  text(column: number): string;
  /** The field as a whole number; null where it is empty or something else. */
  number(column: number): number | null;
  /** Offset of the field in the text; -1 in a record with quotes. */
  start(column: number): number;
  /** Offset behind the record's line feed; -1 for a record with quotes. */
  readonly end: number;
}

/** What makes reading cheaper. */
export interface ScanHelp {
  /** The text's bytes, where somebody has them already; what follows them does not matter. */
  readonly bytes: Uint8Array;
  /** Asked before each record is read, with its offset: the offset behind it if it need not be, else -1. */
  skip(from: number): number;
}

/**
 * Reads the stats CSV that begins at `from` and ends with an empty line; returns the offset behind that line.
 * Columns are found by the header's names, since each version of HAProxy adds some and moves others.
 * Throws HAPROBE_STATS_NOT_HAPROXY for another kind of text, HAPROBE_STATS_TRUNCATED for a table that stops in the middle:
 * HAProxy closes the connection to a slow reader without a word, and 2.6 writes line feeds raw into quoted fields,
 * so two of them in a row may look like the end.
 */
export function scanStatCsv(
  text: string,
  from: number,
  columns: readonly string[],
  onRecord: (record: StatRecord) => void,
  help?: ScanHelp,
): number {
  const header = statHeader(text, from);
  if (!header.startsWith("# ")) throw notHaproxy("a table without a header");
  const names = header.slice(2).split(",");
  // Header and records both end with a comma, so what follows it is one more, empty field of each.
  const fields = names.length;
  const slots = new Int16Array(fields).fill(-1);
  columns.forEach((column, slot) => {
    const place = names.indexOf(column);
    if (place < 0) throw notHaproxy(`a table without the column ${column}`);
    slots[place] = slot;
  });

  // Going over bytes takes a third of the time that going over a string's characters does.
  const plain = new PlainRecord(text, help?.bytes ?? Buffer.from(text, "latin1"), columns.length);
  let at = from + header.length + 1;
  while (text.charCodeAt(at) !== LF) {
    const skipped = help?.skip(at) ?? -1;
    if (skipped >= 0) {
      at = skipped;
      continue;
    }
    const end = plain.scan(at, slots);
    if (end >= 0) {
      expectFields(plain.fields, fields);
      onRecord(plain);
      at = end + 1;
    } else {
      const quotedEnd = endOfRecord(text, at);
      const values = parseQuoted(text.slice(at, quotedEnd));
      expectFields(values.length, fields);
      onRecord(new QuotedRecord(values, slots, columns.length));
      at = quotedEnd + 1;
    }
  }
  return at + 1;
}

/** The line with the names of the columns. Throws HAPROBE_STATS_TRUNCATED where it has no end. */
export function statHeader(text: string, from: number): string {
  const end = text.indexOf("\n", from);
  if (end < 0) throw truncated("the header of its table has no end");
  return text.slice(from, end);
}

/** A record without a quote, the common case: remembers where the wanted fields are and cuts out none before it is asked for. */
class PlainRecord implements StatRecord {
  readonly #text: string;
  readonly #bytes: Uint8Array;
  readonly #starts: Int32Array;
  readonly #ends: Int32Array;
  /** Fields of the record scanned last. */
  fields = 0;
  end = 0;

  constructor(text: string, bytes: Uint8Array, columns: number) {
    this.#text = text;
    this.#bytes = bytes;
    this.#starts = new Int32Array(columns);
    this.#ends = new Int32Array(columns);
  }

  /** Goes over one record; returns the offset of its line feed, -1 if it holds a quote. */
  scan(from: number, slots: Int16Array): number {
    const bytes = this.#bytes;
    const starts = this.#starts;
    const ends = this.#ends;
    const { length } = this.#text;
    let field = 0;
    let start = from;
    for (let i = from; i < length; i += 1) {
      const c = bytes[i] ?? 0;
      if (c > COMMA) continue;
      if (c === QUOTE) return -1;
      if (c !== COMMA && c !== LF) continue;
      const slot = slots[field] ?? -1;
      if (slot >= 0) {
        starts[slot] = start;
        ends[slot] = i;
      }
      field += 1;
      start = i + 1;
      if (c === LF) {
        this.fields = field;
        this.end = i + 1;
        return i;
      }
    }
    throw truncated("its last line has no end");
  }

  text(column: number): string {
    return this.#text.slice(this.#starts[column], this.#ends[column]);
  }

  number(column: number): number | null {
    return wholeNumber(this.#bytes, this.#starts[column] ?? 0, this.#ends[column] ?? 0);
  }

  start(column: number): number {
    return this.#starts[column] ?? 0;
  }
}

class QuotedRecord implements StatRecord {
  readonly end = -1;
  readonly #values: string[];

  constructor(fields: readonly string[], slots: Int16Array, columns: number) {
    this.#values = new Array<string>(columns).fill("");
    for (let field = 0; field < fields.length; field += 1) {
      const slot = slots[field] ?? -1;
      if (slot >= 0) this.#values[slot] = fields[field] ?? "";
    }
  }

  text(column: number): string {
    return this.#values[column] ?? "";
  }

  number(column: number): number | null {
    const value = Buffer.from(this.text(column), "latin1");
    return wholeNumber(value, 0, value.length);
  }

  start(): number {
    return -1;
  }
}

/** Offset of the line feed that ends the record, past those inside quotes. */
function endOfRecord(text: string, from: number): number {
  let quoted = false;
  for (let i = from; i < text.length; i += 1) {
    const c = text.charCodeAt(i);
    if (c === QUOTE) quoted = !quoted;
    else if (c === LF && !quoted) return i;
  }
  throw truncated(quoted ? "a quoted field has no end" : "its last line has no end");
}

function parseQuoted(record: string): string[] {
  try {
    return parse(record, { record_delimiter: "\n" })[0] ?? [];
  } catch (cause) {
    throw notHaproxy("a table with a stray quote", cause);
  }
}

/** The field that begins at `from`, as a whole number; null where it is empty or something else. For records without quotes. */
export function numberAt(bytes: Uint8Array, from: number): number | null {
  let to = from;
  for (let c = bytes[to]; c !== undefined && c !== COMMA && c !== LF; c = bytes[to]) to += 1;
  return wholeNumber(bytes, from, to);
}

function wholeNumber(bytes: Uint8Array, from: number, to: number): number | null {
  const negative = bytes[from] === MINUS;
  let at = negative ? from + 1 : from;
  if (at >= to) return null;
  let value = 0;
  for (; at < to; at += 1) {
    const c = bytes[at] ?? 0;
    if (c < ZERO || c > NINE) return null;
    value = value * 10 + (c - ZERO);
  }
  return negative ? -value : value;
}

function expectFields(found: number, expected: number): void {
  if (found < expected) throw truncated(`a record has ${found} fields of ${expected}`);
  if (found > expected) throw notHaproxy(`a table whose record has ${found} fields, its header ${expected}`);
}

function truncated(what: string): HaprobeError {
  return new HaprobeError("HAPROBE_STATS_TRUNCATED", `the answer stops in the middle: ${what}`);
}

function notHaproxy(what: string, cause?: unknown): HaprobeError {
  return new HaprobeError("HAPROBE_STATS_NOT_HAPROXY", `the answer is not HAProxy's: ${what}`, { cause });
}
