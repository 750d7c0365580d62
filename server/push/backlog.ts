import { BOUNDS } from "../bounds.ts";

/**
 * Counts the bytes that wait for one client behind the message that is on its way. The message under way does not
 * count, however large: a snapshot may be larger than the limit, and a slow line is not a dead one.
 */
export class Backlog {
  readonly #sizes: number[] = [];
  #waiting = 0;

  /** Adds a message; false where it would pile up too much behind the one under way, and then it is not added. */
  add(bytes: number): boolean {
    if (this.#sizes.length > 0 && this.#waiting + bytes > BOUNDS.streamBacklogBytes) return false;
    if (this.#sizes.length > 0) this.#waiting += bytes;
    this.#sizes.push(bytes);
    return true;
  }

  /** The oldest message has left; the next one is under way now. */
  sent(): void {
    this.#sizes.shift();
    const underWay = this.#sizes[0];
    if (underWay !== undefined) this.#waiting -= underWay;
  }

  /** Everything has left. */
  clear(): void {
    this.#sizes.length = 0;
    this.#waiting = 0;
  }
}
