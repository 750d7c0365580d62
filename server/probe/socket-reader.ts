import type { Socket } from "node:net";

/** Receives the events of a socket. */
export interface ReadHandler {
  /** The chunk's memory is reused after the call. */
  onData(chunk: Buffer): void;
  /** Called once, when the other side has ended or the connection has closed; null: without an error. */
  onEnd(error: Error | null): void;
}

/**
 * An open socket with one replaceable handler: a pending exchange, then the pool. Its own listeners are added once,
 * because adding and removing four of them per probe costs more than the exchange.
 */
export class SocketReader {
  readonly socket: Socket;
  #handler: ReadHandler | null = null;
  #unsolicited: Buffer | null = null;
  #end: { readonly error: Error | null } | null = null;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on("error", (error) => this.#onEnd(error));
    socket.on("end", () => this.#onEnd(null));
    socket.on("close", () => this.#onEnd(null));
    socket.on("data", (chunk: Buffer) => this.receive(chunk));
  }

  /** Passes a chunk to the handler; also called by the socket's `onread`. */
  receive(chunk: Buffer): void {
    if (this.#handler !== null) this.#handler.onData(chunk);
    // Keep only the first unsolicited chunk.
    else this.#unsolicited ??= Buffer.from(chunk);
  }

  /** Sets the only handler, which receives a pending chunk or end at once; null clears it. */
  setHandler(handler: ReadHandler | null): void {
    this.#handler = handler;
    const unsolicited = this.#unsolicited;
    if (handler !== null && unsolicited !== null) {
      this.#unsolicited = null;
      handler.onData(unsolicited);
    }
    // `onData` may have replaced the handler.
    if (this.#end !== null) this.#handler?.onEnd(this.#end.error);
  }

  /** Whether a request can be written. */
  get isOpen(): boolean {
    return this.#end === null && !this.socket.destroyed && this.socket.writable;
  }

  #onEnd(error: Error | null): void {
    if (this.#end !== null) return;
    this.#end = { error };
    this.#handler?.onEnd(error);
  }
}
