import { BOUNDS } from "../bounds.ts";
import { HaprobeError } from "../errors.ts";
import { LF } from "./field-bytes.ts";
import { StatRecord } from "./stat-record.ts";

/** Receives the records of a table, in order. */
export interface StatRecordHandler {
  /** The record is valid until the next call. */
  onRecord(record: StatRecord): void;
  /** A malformed row, which is skipped: the offset of its first byte. */
  onMalformed?(from: number): void;
  /** Called before each record with its offset; returns the offset after a record that needs no parsing, else -1. */
  skip?(from: number): number;
}

/**
 * Parses the stats CSV at `from`, which ends with an empty line; returns the offset after that line. Yields after at most
 * `parseStepBytes` of work. Finds columns by the header's names, since each version of HAProxy adds and moves some.
 * Throws HAPROBE_STATS_NOT_HAPROXY for other text, HAPROBE_STATS_TRUNCATED for a table that stops in the middle:
 * HAProxy closes the connection of a slow client without an error, and 2.6 writes line feeds raw into quoted fields,
 * so that two of them in a row may look like the end. A malformed row is skipped, unless there is no other.
 */
export function* scanStatCsv(
  bytes: Buffer,
  from: number,
  columns: readonly string[],
  handler: StatRecordHandler,
): Generator<void, number, void> {
  const header = readStatHeader(bytes, from);
  if (!header.startsWith("# ")) throw notHaproxyError("a table without a header");
  // The header and the records end with a comma, so that each has one more, empty field.
  const names = header.slice(2).split(",");
  if (names.length > BOUNDS.statColumnsMax) throw notHaproxyError(`a table with ${names.length} columns`);
  const slots = new Int16Array(names.length).fill(-1);
  columns.forEach((column, slot) => {
    const index = names.indexOf(column);
    if (index < 0) throw notHaproxyError(`a table without the column ${column}`);
    slots[index] = slot;
  });

  const { skip } = handler;
  const record = new StatRecord(bytes, columns.length);
  let rows = 0;
  const malformed: { rows: number; firstError: HaprobeError | null } = { rows: 0, firstError: null };
  let at = from + header.length + 1;
  while (bytes[at] !== LF) {
    at = scanStep(at);
    yield;
  }
  if (malformed.firstError !== null && malformed.rows === rows) throw malformed.firstError;
  return at + 1;

  function scanStep(start: number): number {
    const malformedBefore = malformed.rows;
    let next = start;
    let stepRows = 0;
    while (next - start + stepRows * BOUNDS.parseRowBytes < BOUNDS.parseStepBytes && bytes[next] !== LF) {
      stepRows += 1;
      const skipped = skip === undefined ? -1 : skip(next);
      next = skipped >= 0 ? skipped : scanRow(next);
      // A malformed row may be scanned to its largest size.
      if (malformed.rows > malformedBefore) break;
    }
    rows += stepRows;
    if (rows > BOUNDS.statRowsMax) throw tooLargeError(`the table has more than ${BOUNDS.statRowsMax} rows`);
    return next;
  }

  /** Parses or skips one row; returns the offset after it. */
  function scanRow(start: number): number {
    const result = record.scan(start, slots);
    if (result === "unterminated") throw truncatedError("its last line has no end");
    if (result === "unterminated-quote") throw truncatedError("a quoted field has no end");
    if (result === "complete" && record.fieldCount === names.length) {
      handler.onRecord(record);
      return record.endOffset;
    }
    malformed.rows += 1;
    malformed.firstError ??=
      result === "malformed"
        ? notHaproxyError("a table with a stray quote or an endless row")
        : fieldCountError(record.fieldCount, names.length);
    if (malformed.rows > BOUNDS.statMalformedRowsMax) throw malformed.firstError;
    handler.onMalformed?.(start);
    if (result === "complete") return record.endOffset;
    const lineEnd = bytes.indexOf(LF, record.endOffset);
    if (lineEnd < 0) throw truncatedError("its last line has no end");
    return lineEnd + 1;
  }
}

/** The line with the column names. Throws HAPROBE_STATS_TRUNCATED where it has no end. */
export function readStatHeader(bytes: Buffer, from: number): string {
  const end = bytes.subarray(from, from + BOUNDS.statHeaderMaxBytes).indexOf(LF);
  if (end >= 0) return bytes.toString("latin1", from, from + end);
  if (bytes.length - from < BOUNDS.statHeaderMaxBytes) throw truncatedError("the header of its table has no end");
  throw notHaproxyError(`a header longer than ${BOUNDS.statHeaderMaxBytes} bytes`);
}

function fieldCountError(found: number, expected: number): HaprobeError {
  return found < expected
    ? truncatedError(`a row has ${found} fields of ${expected}`)
    : notHaproxyError(`a table whose row has ${found} fields, its header ${expected}`);
}

function truncatedError(what: string): HaprobeError {
  return new HaprobeError("HAPROBE_STATS_TRUNCATED", `the response stops in the middle: ${what}`);
}

function notHaproxyError(what: string): HaprobeError {
  return new HaprobeError("HAPROBE_STATS_NOT_HAPROXY", `the response is not HAProxy's: ${what}`);
}

function tooLargeError(what: string): HaprobeError {
  return new HaprobeError("HAPROBE_STATS_TOO_LARGE", what);
}
