import { LF, QUOTE } from "./field-bytes.ts";

/** One table: its response, and the parsed form and the offsets of each row. */
interface CachedTable<Row> {
  bytes: Buffer;
  view: DataView;
  header: string;
  readonly rows: (Row | null)[];
  /** Per row: the offset of its first byte, of each ticking field, and after its last byte. */
  offsets: Int32Array;
}

/**
 * Finds rows whose bytes are unchanged since the last table, so that most rows of most polls need no parsing.
 * The comparison skips ticking fields, which increment each second in each row. It compares rows by position: after an
 * added or removed row all further rows are parsed again. Keeps the last response in memory.
 */
export class RowCache<Row> {
  readonly #isFieldEnd: Uint8Array;
  #previous: CachedTable<Row> = emptyTable();
  #current: CachedTable<Row> = emptyTable();
  /** State of the last `matchUnchanged`. */
  #rowStart = 0;
  #previousRow: Row | null = null;
  #matchedEnd = 0;
  readonly #tickingOffsets: Int32Array;
  readonly #offsetsPerRow: number;

  /** `ticking`: number of ticking columns; `separator`: the byte between two fields. */
  constructor(ticking: number, separator: number) {
    this.#tickingOffsets = new Int32Array(ticking);
    this.#offsetsPerRow = ticking + 2;
    // A field that becomes quoted ends at its quote, so that the bytes after it differ.
    this.#isFieldEnd = Uint8Array.from({ length: 256 }, (_, byte) => Number([separator, LF, QUOTE].includes(byte)));
  }

  /** Starts a table with this header in this response. */
  beginTable(bytes: Buffer, header: string): void {
    const current = this.#current;
    current.bytes = bytes;
    current.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    current.header = header;
    current.rows.length = 0;
    // Another header means another order of the columns.
    if (header !== this.#previous.header) this.#previous = emptyTable();
  }

  /** The parsed form of the row at this offset if its bytes are unchanged, else null; called for each row in order. */
  matchUnchanged(from: number): Row | null {
    this.#rowStart = from;
    const { rows, offsets, view: previousView, bytes: previousBytes } = this.#previous;
    const current = this.#current;
    const { length } = current.bytes;
    const row = rows[current.rows.length] ?? null;
    this.#previousRow = row;
    if (row === null) return null;
    const first = current.rows.length * this.#offsetsPerRow;
    let was = offsets[first] ?? 0;
    let is = from;
    for (let tick = 0; tick < this.#tickingOffsets.length; tick += 1) {
      const size = (offsets[first + 1 + tick] ?? 0) - was;
      if (is + size > length || !sameBytes(previousView, was, current.view, is, size)) return null;
      this.#tickingOffsets[tick] = is + size;
      was = this.#findFieldEnd(previousBytes, was + size);
      is = this.#findFieldEnd(current.bytes, is + size);
    }
    const size = (offsets[first + this.#offsetsPerRow - 1] ?? 0) - was;
    if (is + size > length || !sameBytes(previousView, was, current.view, is, size)) return null;
    this.#matchedEnd = is + size;
    return row;
  }

  /** The row at this position of the last table, changed or not. */
  get previousRow(): Row | null {
    return this.#previousRow;
  }

  /** Offset after the row that matched last. */
  get matchedEnd(): number {
    return this.#matchedEnd;
  }

  /** Current offset of a ticking field in the row that matched last. */
  tickingFieldOffset(tick: number): number {
    return this.#tickingOffsets[tick] ?? 0;
  }

  /** Adds the row that matched last to the current table. */
  keepMatched(row: Row): void {
    this.#appendRow(row, this.#matchedEnd);
  }

  /**
   * Adds a parsed row with the offset after it and those of its ticking fields; null for a row to parse each time, which
   * a row with ticking fields in another order is as well.
   */
  addParsed(row: Row | null, end: number, ticks: readonly number[]): void {
    let last = this.#rowStart - 1;
    let isOrdered = end >= 0;
    for (let tick = 0; tick < this.#tickingOffsets.length; tick += 1) {
      const at = ticks[tick] ?? -1;
      isOrdered &&= at > last;
      last = at;
      this.#tickingOffsets[tick] = at;
    }
    this.#appendRow(isOrdered ? row : null, end);
  }

  /** Forgets the last table. */
  clear(): void {
    this.#previous = emptyTable();
  }

  /** Accepts the current table: the next one is compared with it. */
  commit(): void {
    [this.#previous, this.#current] = [this.#current, this.#previous];
    this.discard();
  }

  /** Releases the current table's response; its arrays are reused. */
  discard(): void {
    const current = this.#current;
    current.bytes = NO_BYTES;
    current.view = NO_VIEW;
    current.rows.length = 0;
  }

  #appendRow(row: Row | null, end: number): void {
    const current = this.#current;
    const first = current.rows.length * this.#offsetsPerRow;
    if (first + this.#offsetsPerRow > current.offsets.length)
      current.offsets = growOffsets(current.offsets, this.#previous.offsets, this.#offsetsPerRow);
    const { offsets } = current;
    offsets[first] = this.#rowStart;
    for (let tick = 0; tick < this.#tickingOffsets.length; tick += 1)
      offsets[first + 1 + tick] = this.#tickingOffsets[tick] ?? 0;
    offsets[first + this.#offsetsPerRow - 1] = end;
    current.rows.push(row);
  }

  #findFieldEnd(bytes: Uint8Array, from: number): number {
    let at = from;
    for (let c = bytes[at]; c !== undefined && this.#isFieldEnd[c] === 0; c = bytes[at]) at += 1;
    return at;
  }
}

const NO_BYTES = Buffer.alloc(0);
const NO_VIEW = new DataView(NO_BYTES.buffer, 0, 0);

function emptyTable<Row>(): CachedTable<Row> {
  return { bytes: NO_BYTES, view: NO_VIEW, header: "", rows: [], offsets: new Int32Array(0) };
}

/** A copy with more room: at least as long as `other`, and half as long again. */
function growOffsets(offsets: Int32Array, other: Int32Array, width: number): Int32Array {
  const longer = new Int32Array(Math.max(other.length, Math.ceil(offsets.length / width / 2) * 3 * width, 64 * width));
  longer.set(offsets);
  return longer;
}

/**
 * Compares eight bytes at a time as numbers, which is fast. The numbers are equal where the bytes are, except for positive
 * and negative zero, whose bytes no response has, and NaN (0xff), which only causes the row to be parsed.
 */
function sameBytes(a: DataView, aFrom: number, b: DataView, bFrom: number, length: number): boolean {
  let i = 0;
  for (; i + 8 <= length; i += 8) if (a.getFloat64(aFrom + i, true) !== b.getFloat64(bFrom + i, true)) return false;
  for (; i < length; i += 1) if (a.getUint8(aFrom + i) !== b.getUint8(bFrom + i)) return false;
  return true;
}
