import { BOUNDS } from "../bounds.ts";

/**
 * Counts the bytes that wait for one client behind the message that is on its way. The message under way does not
 * count, however large: a snapshot may be larger than the limit, and a slow line is not a dead one.
 */
export class SendBacklog {
  readonly #sizes: number[] = [];
  #queuedBytes = 0;

  /** Adds a message; false where it would pile up too much behind the one under way, and then it is not added. */
  tryAdd(bytes: number): boolean {
    if (this.#sizes.length > 0 && this.#queuedBytes + bytes > BOUNDS.streamBacklogBytes) return false;
    if (this.#sizes.length > 0) this.#queuedBytes += bytes;
    this.#sizes.push(bytes);
    return true;
  }

  /** The oldest message has left; the next one is under way now. */
  markSent(): void {
    this.#sizes.shift();
    const underWay = this.#sizes[0];
    if (underWay !== undefined) this.#queuedBytes -= underWay;
  }

  /** Everything has left. */
  clear(): void {
    this.#sizes.length = 0;
    this.#queuedBytes = 0;
  }
}
