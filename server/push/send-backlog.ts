import { BOUNDS } from "../bounds.ts";

/** Counts the bytes that wait for one client, without the message being sent: a snapshot may exceed the limit. */
export class SendBacklog {
  readonly #sizes: number[] = [];
  #queuedBytes = 0;

  /** Adds a message; false, without adding it, where more than `streamBacklogBytes` would wait. */
  tryAdd(bytes: number): boolean {
    if (this.#sizes.length > 0 && this.#queuedBytes + bytes > BOUNDS.streamBacklogBytes) return false;
    if (this.#sizes.length > 0) this.#queuedBytes += bytes;
    this.#sizes.push(bytes);
    return true;
  }

  /** The oldest message is sent; the next one is being sent now. */
  markSent(): void {
    this.#sizes.shift();
    const sending = this.#sizes[0];
    if (sending !== undefined) this.#queuedBytes -= sending;
  }

  /** Everything is sent. */
  clear(): void {
    this.#sizes.length = 0;
    this.#queuedBytes = 0;
  }
}
