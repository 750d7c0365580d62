import { LF, QUOTE } from "./field-bytes.ts";

/** One table: the answer that it is part of, and what each row was read as and where it stands there. */
interface CachedTable<Row> {
  bytes: Buffer;
  view: DataView;
  header: string;
  readonly rows: (Row | null)[];
  /** Row after row: where it begins, where each ticking field does, and what is behind it. */
  offsets: Int32Array;
}

/**
 * Knows a row again that says what it said in the last table, so that it need not be read: most rows of most polls.
 * Whole lines never repeat, since some columns tick each second whatever happens: those are left out of the comparison.
 * Rows are compared place by place: where one is new or gone, those behind it are read once more. Holds the last answer.
 */
export class RowCache<Row> {
  readonly #isFieldEnd: Uint8Array;
  #previous: CachedTable<Row> = emptyTable();
  #current: CachedTable<Row> = emptyTable();
  /** The row that was looked at last. */
  #rowStart = 0;
  #previousRow: Row | null = null;
  #matchedEnd = 0;
  readonly #tickingOffsets: Int32Array;
  /** Offsets of each row. */
  readonly #offsetsPerRow: number;

  /** `ticking`: how many columns tick; `separator`: what is between two fields, a byte. */
  constructor(ticking: number, separator: number) {
    this.#tickingOffsets = new Int32Array(ticking);
    this.#offsetsPerRow = ticking + 2;
    // A field that turns out to be quoted ends at its quote, so that what follows it differs.
    this.#isFieldEnd = Uint8Array.from({ length: 256 }, (_, byte) => Number([separator, LF, QUOTE].includes(byte)));
  }

  /** Begins with a table that is part of this answer and has this header. */
  beginTable(bytes: Buffer, header: string): void {
    const now = this.#current;
    now.bytes = bytes;
    now.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    now.header = header;
    now.rows.length = 0;
    // Another header is another order of the columns.
    if (header !== this.#previous.header) this.#previous = emptyTable();
  }

  /** What the row at this offset was read as; null where it says something else now. To be asked of each row, in order. */
  matchUnchanged(from: number): Row | null {
    this.#rowStart = from;
    const { rows, offsets, view: words, bytes } = this.#previous;
    const now = this.#current;
    const { length } = now.bytes;
    const row = rows[now.rows.length] ?? null;
    this.#previousRow = row;
    if (row === null) return null;
    const place = now.rows.length * this.#offsetsPerRow;
    let was = offsets[place] ?? 0;
    let is = from;
    for (let tick = 0; tick < this.#tickingOffsets.length; tick += 1) {
      const upTo = (offsets[place + 1 + tick] ?? 0) - was;
      if (is + upTo > length || !sameBytes(words, was, now.view, is, upTo)) return null;
      this.#tickingOffsets[tick] = is + upTo;
      was = this.#findFieldEnd(bytes, was + upTo);
      is = this.#findFieldEnd(now.bytes, is + upTo);
    }
    const upTo = (offsets[place + this.#offsetsPerRow - 1] ?? 0) - was;
    if (is + upTo > length || !sameBytes(words, was, now.view, is, upTo)) return null;
    this.#matchedEnd = is + upTo;
    return row;
  }

  /** What stood at this place in the last table, whatever stands there now. */
  get previousRow(): Row | null {
    return this.#previousRow;
  }

  /** Offset behind the row that `repeated` knew. */
  get matchedEnd(): number {
    return this.#matchedEnd;
  }

  /** Where a ticking field of that row begins now. */
  tickingFieldOffset(tick: number): number {
    return this.#tickingOffsets[tick] ?? 0;
  }

  /** Remembers the row that `repeated` knew, as what it was read as. */
  keepMatched(row: Row): void {
    this.#appendRow(row, this.#matchedEnd);
  }

  /**
   * Remembers the row that had to be read, with the offset behind it and those of its ticking fields; null for one that has
   * to be read each time, as one is whose ticking fields do not stand in this order.
   */
  addParsed(row: Row | null, end: number, ticks: readonly number[]): void {
    let order = this.#rowStart - 1;
    let inOrder = end >= 0;
    for (let tick = 0; tick < this.#tickingOffsets.length; tick += 1) {
      const at = ticks[tick] ?? -1;
      inOrder &&= at > order;
      order = at;
      this.#tickingOffsets[tick] = at;
    }
    this.#appendRow(inOrder ? row : null, end);
  }

  /** How many rows the last table had. */
  get previousRowCount(): number {
    return this.#previous.rows.length;
  }

  /** Knows no row again in the next table. */
  clear(): void {
    this.#previous = emptyTable();
  }

  /** The table was whole and good: it is what the next one is compared with. */
  commit(): void {
    [this.#previous, this.#current] = [this.#current, this.#previous];
  }

  #appendRow(row: Row | null, end: number): void {
    const now = this.#current;
    const place = now.rows.length * this.#offsetsPerRow;
    if (place + this.#offsetsPerRow > now.offsets.length)
      now.offsets = growOffsets(now.offsets, this.#previous.offsets, this.#offsetsPerRow);
    const { offsets } = now;
    offsets[place] = this.#rowStart;
    for (let tick = 0; tick < this.#tickingOffsets.length; tick += 1)
      offsets[place + 1 + tick] = this.#tickingOffsets[tick] ?? 0;
    offsets[place + this.#offsetsPerRow - 1] = end;
    now.rows.push(row);
  }

  #findFieldEnd(bytes: Uint8Array, from: number): number {
    let at = from;
    for (let c = bytes[at]; c !== undefined && this.#isFieldEnd[c] === 0; c = bytes[at]) at += 1;
    return at;
  }
}

function emptyTable<Row>(): CachedTable<Row> {
  const bytes = Buffer.alloc(0);
  return {
    bytes,
    view: new DataView(bytes.buffer, 0, 0),
    header: "",
    rows: [],
    offsets: new Int32Array(0),
  };
}

/** A longer list with the same beginning: as long as the other one was, and then half as long again. */
function growOffsets(offsets: Int32Array, other: Int32Array, width: number): Int32Array {
  const longer = new Int32Array(Math.max(other.length, Math.ceil(offsets.length / width / 2) * 3 * width, 64 * width));
  longer.set(offsets);
  return longer;
}

/**
 * Eight bytes at a time, which is what makes it cheap, as numbers that are equal where the bytes are: but for two zeros,
 * which no eight bytes of an answer are, and numbers that are none (0xff), which only makes a row be read.
 */
function sameBytes(a: DataView, aFrom: number, b: DataView, bFrom: number, length: number): boolean {
  let i = 0;
  for (; i + 8 <= length; i += 8) if (a.getFloat64(aFrom + i, true) !== b.getFloat64(bFrom + i, true)) return false;
  for (; i < length; i += 1) if (a.getUint8(aFrom + i) !== b.getUint8(bFrom + i)) return false;
  return true;
}
