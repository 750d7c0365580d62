import { LF, QUOTE } from "./field-bytes.ts";

/** One table: the answer that it is part of, and what each row was read as and where it stands there. */
interface Remembered<Row> {
  bytes: Buffer;
  words: DataView;
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
export class RowMemory<Row> {
  readonly #isFieldEnd: Uint8Array;
  #before: Remembered<Row> = nothing();
  #now: Remembered<Row> = nothing();
  /** The row that was looked at last. */
  #from = 0;
  #expected: Row | null = null;
  #end = 0;
  readonly #at: Int32Array;
  /** Offsets of each row. */
  readonly #width: number;

  /** `ticking`: how many columns tick; `separator`: what is between two fields, a byte. */
  constructor(ticking: number, separator: number) {
    this.#at = new Int32Array(ticking);
    this.#width = ticking + 2;
    // A field that turns out to be quoted ends at its quote, so that what follows it differs.
    this.#isFieldEnd = Uint8Array.from({ length: 256 }, (_, byte) => Number([separator, LF, QUOTE].includes(byte)));
  }

  /** Begins with a table that is part of this answer and has this header. */
  open(bytes: Buffer, header: string): void {
    const now = this.#now;
    now.bytes = bytes;
    now.words = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    now.header = header;
    now.rows.length = 0;
    // Another header is another order of the columns.
    if (header !== this.#before.header) this.#before = nothing();
  }

  /** What the row at this offset was read as; null where it says something else now. To be asked of each row, in order. */
  repeated(from: number): Row | null {
    this.#from = from;
    const { rows, offsets, words, bytes } = this.#before;
    const now = this.#now;
    const { length } = now.bytes;
    const row = rows[now.rows.length] ?? null;
    this.#expected = row;
    if (row === null) return null;
    const place = now.rows.length * this.#width;
    let was = offsets[place] ?? 0;
    let is = from;
    for (let tick = 0; tick < this.#at.length; tick += 1) {
      const upTo = (offsets[place + 1 + tick] ?? 0) - was;
      if (is + upTo > length || !sameBytes(words, was, now.words, is, upTo)) return null;
      this.#at[tick] = is + upTo;
      was = this.#fieldEnd(bytes, was + upTo);
      is = this.#fieldEnd(now.bytes, is + upTo);
    }
    const upTo = (offsets[place + this.#width - 1] ?? 0) - was;
    if (is + upTo > length || !sameBytes(words, was, now.words, is, upTo)) return null;
    this.#end = is + upTo;
    return row;
  }

  /** What stood at this place in the last table, whatever stands there now. */
  get expected(): Row | null {
    return this.#expected;
  }

  /** Offset behind the row that `repeated` knew. */
  get end(): number {
    return this.#end;
  }

  /** Where a ticking field of that row begins now. */
  tickAt(tick: number): number {
    return this.#at[tick] ?? 0;
  }

  /** Remembers the row that `repeated` knew, as what it was read as. */
  keep(row: Row): void {
    this.#add(row, this.#end);
  }

  /**
   * Remembers the row that had to be read, with the offset behind it and those of its ticking fields; null for one that has
   * to be read each time, as one is whose ticking fields do not stand in this order.
   */
  learn(row: Row | null, end: number, ticks: readonly number[]): void {
    let order = this.#from - 1;
    let inOrder = end >= 0;
    for (let tick = 0; tick < this.#at.length; tick += 1) {
      const at = ticks[tick] ?? -1;
      inOrder &&= at > order;
      order = at;
      this.#at[tick] = at;
    }
    this.#add(inOrder ? row : null, end);
  }

  /** How many rows the last table had. */
  get size(): number {
    return this.#before.rows.length;
  }

  /** Knows no row again in the next table. */
  forget(): void {
    this.#before = nothing();
  }

  /** The table was whole and good: it is what the next one is compared with. */
  commit(): void {
    [this.#before, this.#now] = [this.#now, this.#before];
  }

  #add(row: Row | null, end: number): void {
    const now = this.#now;
    const place = now.rows.length * this.#width;
    if (place + this.#width > now.offsets.length) now.offsets = grown(now.offsets, this.#before.offsets, this.#width);
    const { offsets } = now;
    offsets[place] = this.#from;
    for (let tick = 0; tick < this.#at.length; tick += 1) offsets[place + 1 + tick] = this.#at[tick] ?? 0;
    offsets[place + this.#width - 1] = end;
    now.rows.push(row);
  }

  #fieldEnd(bytes: Uint8Array, from: number): number {
    let at = from;
    for (let c = bytes[at]; c !== undefined && this.#isFieldEnd[c] === 0; c = bytes[at]) at += 1;
    return at;
  }
}

function nothing<Row>(): Remembered<Row> {
  const bytes = Buffer.alloc(0);
  return {
    bytes,
    words: new DataView(bytes.buffer, 0, 0),
    header: "",
    rows: [],
    offsets: new Int32Array(0),
  };
}

/** A longer list with the same beginning: as long as the other one was, and then half as long again. */
function grown(offsets: Int32Array, other: Int32Array, width: number): Int32Array {
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
