import { COMMA, equalsText, LF, QUOTE, parseInteger } from "./field-bytes.ts";
import { decodeField } from "./field-text.ts";
import type { StatRecord } from "./stat-csv.ts";

const ASCII_MAX = 0x7f;

/** A record without a quote, the common case: remembers where the wanted fields are and cuts out none before it is asked for. */
export class UnquotedRecord implements StatRecord {
  readonly #bytes: Buffer;
  readonly #starts: Int32Array;
  readonly #ends: Int32Array;
  /** What each column said last: most of them say the same in row after row. */
  readonly #lastTexts: string[];
  /** Fields of the record scanned last. */
  fieldCount = 0;
  endOffset = 0;

  constructor(bytes: Buffer, columns: number) {
    this.#bytes = bytes;
    this.#starts = new Int32Array(columns);
    this.#ends = new Int32Array(columns);
    this.#lastTexts = new Array<string>(columns).fill("");
  }

  /** Goes over the record at `from`; `slots` says which of its fields are wanted, and as what. */
  scan(from: number, slots: Int16Array): "whole" | "quoted" | "endless" {
    const bytes = this.#bytes;
    const starts = this.#starts;
    const ends = this.#ends;
    const { length } = bytes;
    let field = 0;
    let start = from;
    for (let i = from; i < length; i += 1) {
      const c = bytes[i] ?? 0;
      if (c > COMMA) continue;
      if (c === QUOTE) return "quoted";
      if (c !== COMMA && c !== LF) continue;
      const slot = slots[field] ?? -1;
      if (slot >= 0) {
        starts[slot] = start;
        ends[slot] = i;
      }
      field += 1;
      start = i + 1;
      if (c === LF) {
        this.fieldCount = field;
        this.endOffset = i + 1;
        return "whole";
      }
    }
    return "endless";
  }

  raw(column: number): string {
    const [from, to] = [this.#starts[column] ?? 0, this.#ends[column] ?? 0];
    const last = this.#lastTexts[column] ?? "";
    if (equalsText(this.#bytes, from, to, last)) return last;
    const text = this.#bytes.toString("latin1", from, to);
    this.#lastTexts[column] = text;
    return text;
  }

  text(column: number, before = ""): string {
    // Beyond ASCII the same bytes may be other characters.
    if (equalsText(this.#bytes, this.#starts[column] ?? 0, this.#ends[column] ?? 0, before, ASCII_MAX)) return before;
    return decodeField(this.raw(column), before);
  }

  number(column: number): number | null {
    return parseInteger(this.#bytes, this.#starts[column] ?? 0, this.#ends[column] ?? 0);
  }

  fieldOffset(column: number): number {
    return this.#starts[column] ?? 0;
  }
}
