import { Duplex } from "node:stream";
import type { Wire } from "./wire.ts";

/**
 * A wire on which the question was asked already, for a reader who wants to ask it himself: what he says stays here,
 * and he hears the answer from its first byte, and how it ended.
 */
export class ReplayedWire extends Duplex {
  readonly #wire: Wire;
  #isRead = false;
  #error: Error | null = null;

  constructor(wire: Wire, received: Buffer) {
    super();
    this.#wire = wire;
    this.push(received);
    wire.hear({
      data: (chunk) => void this.push(Buffer.from(chunk)),
      ended: (error) => {
        if (error === null) return void this.push(null);
        this.#error = error;
        if (this.#isRead) this.#fail();
      },
    });
  }

  override _read(): void {
    this.#isRead = true;
    if (this.#error !== null) this.#fail();
  }

  override _write(_chunk: Buffer, _encoding: string, done: () => void): void {
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#wire.hear(null);
    this.#wire.socket.destroy();
    done(error);
  }

  /** Node calls this where nobody may ask a second time. */
  destroySoon(): void {
    this.destroy();
  }

  /** Not before what came ahead of the error was read: a stream forgets what waits in it when it fails. */
  #fail(): void {
    setImmediate(() => this.destroy(this.#error ?? undefined));
  }
}
