import { Duplex } from "node:stream";
import type { SocketReader } from "./socket-reader.ts";

/**
 * A wire on which the question was asked already, for a reader who wants to ask it himself: what he says stays here,
 * and he hears the answer from its first byte, and how it ended.
 */
export class ReplayStream extends Duplex {
  readonly #reader: SocketReader;
  #readStarted = false;
  #error: Error | null = null;

  constructor(wire: SocketReader, received: Buffer) {
    super();
    this.#reader = wire;
    this.push(received);
    wire.setHandler({
      onData: (chunk) => void this.push(Buffer.from(chunk)),
      onEnd: (error) => {
        if (error === null) return void this.push(null);
        this.#error = error;
        if (this.#readStarted) this.#destroyWithError();
      },
    });
  }

  override _read(): void {
    this.#readStarted = true;
    if (this.#error !== null) this.#destroyWithError();
  }

  override _write(_chunk: Buffer, _encoding: string, done: () => void): void {
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#reader.setHandler(null);
    this.#reader.socket.destroy();
    done(error);
  }

  /** Node calls this where nobody may ask a second time. */
  destroySoon(): void {
    this.destroy();
  }

  /** Not before what came ahead of the error was read: a stream forgets what waits in it when it fails. */
  #destroyWithError(): void {
    setImmediate(() => this.destroy(this.#error ?? undefined));
  }
}
