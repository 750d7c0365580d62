/** Longer ones are not likely to be repeated, and dear to compare. */
const REMEMBERED_MAX_BYTES = 64;

/**
 * Reads texts of which one is mostly like the one before, such as the `ok` of a thousand servers: then it is the same
 * string, and nothing is made.
 */
export class RepeatedText {
  readonly #encoding: "latin1" | "utf8";
  readonly #last = new Uint8Array(REMEMBERED_MAX_BYTES);
  #length = 0;
  #text = "";

  constructor(encoding: "latin1" | "utf8") {
    this.#encoding = encoding;
  }

  /** The text of these bytes. */
  read(bytes: Buffer, from: number, to: number): string {
    const length = to - from;
    if (length === this.#length && this.#isLast(bytes, from)) return this.#text;
    const text = bytes.toString(this.#encoding, from, to);
    if (length > REMEMBERED_MAX_BYTES) return text;
    this.#last.set(bytes.subarray(from, to));
    this.#length = length;
    this.#text = text;
    return text;
  }

  #isLast(bytes: Buffer, from: number): boolean {
    for (let at = 0; at < this.#length; at += 1) if (bytes[from + at] !== this.#last[at]) return false;
    return true;
  }
}
