import { Quota } from "./quota.ts";

/** A body that is being sent, and the number of clients that get it. */
interface Body {
  clients: number;
  readonly release: () => void;
}

/** Bounds the bytes that are being sent to all clients and to one address. A body for several clients counts once. */
export class SendingBytes {
  readonly #quota: Quota;
  readonly #bodies = new Map<Uint8Array, Body>();

  constructor(maxBytes: number) {
    this.#quota = new Quota(maxBytes);
  }

  get used(): number {
    return this.#quota.used;
  }

  /** Counts a body and returns the function to call once it is sent; null where it has to be refused. */
  tryTake(address: string, bytes: Uint8Array): (() => void) | null {
    let body = this.#bodies.get(bytes);
    if (body === undefined) {
      const release = this.#quota.tryTake(address, bytes.length);
      if (release === null) return null;
      this.#bodies.set(bytes, (body = { clients: 0, release }));
    }
    const taken = body;
    taken.clients += 1;
    let isSending = true;
    return () => {
      if (isSending) this.#leave(bytes, taken);
      isSending = false;
    };
  }

  #leave(bytes: Uint8Array, body: Body): void {
    body.clients -= 1;
    if (body.clients > 0) return;
    this.#bodies.delete(bytes);
    body.release();
  }
}
