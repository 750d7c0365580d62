import { parse } from "csv-parse/sync";
import { HaprobeError } from "../errors.ts";
import { LF, QUOTE, parseInteger } from "./field-bytes.ts";
import { decodeField } from "./field-text.ts";
import { UnquotedRecord } from "./unquoted-record.ts";

/** Values of one record, by the place of their column in the list that was asked for. Valid until the next record. */
export interface StatRecord {
  /** The field as it stands there, one character per byte. */
  raw(column: number): string;
  /** The field as fieldText reads it; `before` itself where it still says the same. */
  text(column: number, before?: string): string;
  /** The field as a whole number; null where it is empty or something else. */
  number(column: number): number | null;
  /** Offset of the field; -1 in a record with quotes. */
  fieldOffset(column: number): number;
  /** Offset behind the record's line feed; -1 for a record with quotes. */
  readonly endOffset: number;
}

/**
 * Reads the stats CSV that begins at `from` and ends with an empty line; returns the offset behind that line.
 * Columns are found by the header's names, since each version of HAProxy adds some and moves others. `skip` is asked
 * before each record is read, with its offset: the offset behind it if it need not be, else -1.
 * Throws HAPROBE_STATS_NOT_HAPROXY for another kind of text, HAPROBE_STATS_TRUNCATED for a table that stops in the middle:
 * HAProxy closes the connection to a slow reader without a word, and 2.6 writes line feeds raw into quoted fields,
 * so two of them in a row may look like the end.
 */
export function scanStatCsv(
  bytes: Buffer,
  from: number,
  columns: readonly string[],
  onRecord: (record: StatRecord) => void,
  skip?: (from: number) => number,
): number {
  const header = readStatHeader(bytes, from);
  if (!header.startsWith("# ")) throw notHaproxyError("a table without a header");
  const names = header.slice(2).split(",");
  // Header and records both end with a comma, so what follows it is one more, empty field of each.
  const fields = names.length;
  const slots = new Int16Array(fields).fill(-1);
  columns.forEach((column, slot) => {
    const place = names.indexOf(column);
    if (place < 0) throw notHaproxyError(`a table without the column ${column}`);
    slots[place] = slot;
  });

  const plain = new UnquotedRecord(bytes, columns.length);
  let at = from + header.length + 1;
  while (bytes[at] !== LF) {
    const skipped = skip?.(at) ?? -1;
    if (skipped >= 0) {
      at = skipped;
      continue;
    }
    const found = plain.scan(at, slots);
    if (found === "whole") {
      checkFieldCount(plain.fieldCount, fields);
      onRecord(plain);
      at = plain.endOffset;
    } else if (found === "quoted") {
      const quotedEnd = findRecordEnd(bytes, at);
      const values = parseQuoted(bytes.toString("latin1", at, quotedEnd));
      checkFieldCount(values.length, fields);
      onRecord(new QuotedRecord(values, slots, columns.length));
      at = quotedEnd + 1;
    } else {
      throw truncatedError("its last line has no end");
    }
  }
  return at + 1;
}

/** The line with the names of the columns. Throws HAPROBE_STATS_TRUNCATED where it has no end. */
export function readStatHeader(bytes: Buffer, from: number): string {
  const end = bytes.indexOf(LF, from);
  if (end < 0) throw truncatedError("the header of its table has no end");
  return bytes.toString("latin1", from, end);
}

class QuotedRecord implements StatRecord {
  readonly endOffset = -1;
  readonly #values: string[];

  constructor(fields: readonly string[], slots: Int16Array, columns: number) {
    this.#values = new Array<string>(columns).fill("");
    for (let field = 0; field < fields.length; field += 1) {
      const slot = slots[field] ?? -1;
      if (slot >= 0) this.#values[slot] = fields[field] ?? "";
    }
  }

  raw(column: number): string {
    return this.#values[column] ?? "";
  }

  text(column: number, before = ""): string {
    return decodeField(this.raw(column), before);
  }

  number(column: number): number | null {
    const value = Buffer.from(this.raw(column), "latin1");
    return parseInteger(value, 0, value.length);
  }

  fieldOffset(): number {
    return -1;
  }
}

/** Offset of the line feed that ends the record, past those inside quotes. */
function findRecordEnd(bytes: Buffer, from: number): number {
  let quoted = false;
  for (let i = from; i < bytes.length; i += 1) {
    const c = bytes[i];
    if (c === QUOTE) quoted = !quoted;
    else if (c === LF && !quoted) return i;
  }
  throw truncatedError(quoted ? "a quoted field has no end" : "its last line has no end");
}

function parseQuoted(record: string): string[] {
  try {
    return parse(record, { record_delimiter: "\n" })[0] ?? [];
  } catch (cause) {
    throw notHaproxyError("a table with a stray quote", cause);
  }
}

function checkFieldCount(found: number, expected: number): void {
  if (found < expected) throw truncatedError(`a record has ${found} fields of ${expected}`);
  if (found > expected) throw notHaproxyError(`a table whose record has ${found} fields, its header ${expected}`);
}

function truncatedError(what: string): HaprobeError {
  return new HaprobeError("HAPROBE_STATS_TRUNCATED", `the answer stops in the middle: ${what}`);
}

function notHaproxyError(what: string, cause?: unknown): HaprobeError {
  return new HaprobeError("HAPROBE_STATS_NOT_HAPROXY", `the answer is not HAProxy's: ${what}`, { cause });
}
