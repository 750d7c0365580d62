/** Longer texts rarely repeat, and comparing them is expensive. */
const CACHED_MAX_BYTES = 64;

/**
 * Decodes texts that mostly equal the one before, such as the `ok` of a thousand servers, and then returns the same
 * string without an allocation.
 */
export class RepeatDecoder {
  readonly #encoding: "latin1" | "utf8";
  readonly #lastBytes = new Uint8Array(CACHED_MAX_BYTES);
  #length = 0;
  #lastText = "";

  constructor(encoding: "latin1" | "utf8") {
    this.#encoding = encoding;
  }

  /** The text of the bytes from `from` to `to`. */
  decode(bytes: Buffer, from: number, to: number): string {
    const length = to - from;
    if (length === this.#length && this.#equalsLast(bytes, from)) return this.#lastText;
    const text = bytes.toString(this.#encoding, from, to);
    if (length > CACHED_MAX_BYTES) return text;
    this.#lastBytes.set(bytes.subarray(from, to));
    this.#length = length;
    this.#lastText = text;
    return text;
  }

  #equalsLast(bytes: Buffer, from: number): boolean {
    for (let at = 0; at < this.#length; at += 1) if (bytes[from + at] !== this.#lastBytes[at]) return false;
    return true;
  }
}
