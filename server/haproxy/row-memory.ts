import { fieldText } from "./field-text.ts";
import type { StatRecord } from "./stat-csv.ts";

const LF = 10;
const QUOTE = 34;
const COMMA = 44;

/** One table: its bytes, and where each row stands in them, where it ticks, and what it was read as. */
interface Remembered<Row> {
  bytes: Buffer;
  words: DataView;
  size: number;
  header: string;
  readonly rows: (Row | null)[];
  readonly starts: number[];
  readonly ends: number[];
  /** Offsets of the ticking fields, row after row. */
  readonly ticks: number[];
}

/**
 * Knows a row again that says what it said in the last table, so that it need not be read: most rows of most polls.
 * Whole lines never repeat, since some columns tick each second whatever happens: those are left out of the comparison.
 * Rows are compared place by place: where one is new or gone, those behind it are read once more. Holds two tables' bytes.
 */
export class RowMemory<Row> {
  readonly #ticking: readonly number[];
  #before: Remembered<Row> = nothing();
  #now: Remembered<Row> = nothing();
  /** The row that was looked at last. */
  #from = 0;
  #expected: Row | null = null;
  #end = 0;
  readonly #at: number[];

  /** `ticking`: places of columns in a StatRecord, in the order of the table. Where they come in another order, no row is known again. */
  constructor(ticking: readonly number[]) {
    this.#ticking = ticking;
    this.#at = ticking.map(() => 0);
  }

  /** Begins with a table that is part of `text` (one character per byte) and has this header. */
  open(text: string, header: string): void {
    const now = this.#now;
    if (now.bytes.length < text.length) {
      // Half as much again, so that a table that grows by a row now and then is no new buffer each time.
      now.bytes = Buffer.allocUnsafeSlow(Math.ceil(text.length * 1.5));
      now.words = new DataView(now.bytes.buffer);
    }
    now.size = now.bytes.write(text, "latin1");
    // A copy, for a piece of the text would keep all of it.
    now.header = fieldText(header, this.#before.header);
    for (const list of [now.rows, now.starts, now.ends, now.ticks]) list.length = 0;
    // Another header is another order of the columns.
    if (header !== this.#before.header) this.#before = nothing();
  }

  /** Those of the text that `open` was given, and perhaps some more. */
  get bytes(): Uint8Array {
    return this.#now.bytes;
  }

  /** What the row at this offset was read as; null where it says something else now. To be asked of each row, in order. */
  repeated(from: number): Row | null {
    this.#from = from;
    const { rows, starts, ends, ticks, words, bytes } = this.#before;
    const now = this.#now;
    const index = now.rows.length;
    const row = rows[index] ?? null;
    this.#expected = row;
    if (row === null) return null;
    let was = starts[index] ?? 0;
    let is = from;
    for (let tick = 0; tick < this.#at.length; tick += 1) {
      const length = (ticks[index * this.#at.length + tick] ?? 0) - was;
      if (is + length > now.size || !sameBytes(words, was, now.words, is, length)) return null;
      this.#at[tick] = is + length;
      was = fieldEnd(bytes, was + length);
      is = fieldEnd(now.bytes, is + length);
    }
    const length = (ends[index] ?? 0) - was;
    if (is + length > now.size || !sameBytes(words, was, now.words, is, length)) return null;
    this.#end = is + length;
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

  /** Remembers the row that had to be read; null for one that has to be read each time. */
  learn(record: StatRecord, row: Row | null): void {
    let order = this.#from - 1;
    let inOrder = record.end >= 0;
    for (let tick = 0; tick < this.#at.length; tick += 1) {
      const at = record.start(this.#ticking[tick] ?? 0);
      inOrder &&= at > order;
      order = at;
      this.#at[tick] = at;
    }
    this.#add(inOrder ? row : null, record.end);
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
    const { rows, starts, ends, ticks } = this.#now;
    rows.push(row);
    starts.push(this.#from);
    ends.push(end);
    for (const at of this.#at) ticks.push(at);
  }
}

function nothing<Row>(): Remembered<Row> {
  const bytes = Buffer.alloc(0);
  return {
    bytes,
    words: new DataView(bytes.buffer, 0, 0),
    size: 0,
    header: "",
    rows: [],
    starts: [],
    ends: [],
    ticks: [],
  };
}

/** Four bytes at a time, which is what makes it cheap. */
function sameBytes(a: DataView, aFrom: number, b: DataView, bFrom: number, length: number): boolean {
  let i = 0;
  for (; i + 4 <= length; i += 4) if (a.getInt32(aFrom + i, true) !== b.getInt32(bFrom + i, true)) return false;
  for (; i < length; i += 1) if (a.getUint8(aFrom + i) !== b.getUint8(bFrom + i)) return false;
  return true;
}

/** A field that turns out to be quoted ends at its quote, so that what follows it differs. */
function fieldEnd(bytes: Uint8Array, from: number): number {
  let at = from;
  for (let c = bytes[at]; c !== undefined && c !== COMMA && c !== LF && c !== QUOTE; c = bytes[at]) at += 1;
  return at;
}
