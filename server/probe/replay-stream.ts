import { Duplex } from "node:stream";
import type { SocketReader } from "./socket-reader.ts";

/**
 * The connection as Node's HTTP client needs it after the request was sent: writes are discarded, and reads begin with
 * the bytes that were received already.
 */
export class ReplayStream extends Duplex {
  readonly #reader: SocketReader;
  #readStarted = false;
  #error: Error | null = null;

  constructor(reader: SocketReader, received: Buffer) {
    super();
    this.#reader = reader;
    this.push(received);
    reader.setHandler({
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

  /** Node calls this where the connection cannot be reused. */
  destroySoon(): void {
    this.destroy();
  }

  /** Deferred, because a destroyed stream drops buffered data that has not been read. */
  #destroyWithError(): void {
    setImmediate(() => this.destroy(this.#error ?? undefined));
  }
}
