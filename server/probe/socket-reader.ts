import type { Socket } from "node:net";

/** Who listens to a wire. */
export interface ReadHandler {
  /** The bytes are there during the call only. */
  onData(chunk: Buffer): void;
  /** Told once: the other side has ended, or the connection has, with an error or without. */
  onEnd(error: Error | null): void;
}

/**
 * An open socket that changes hands: now one asks and waits for an answer, now it is kept and must be silent. Its own
 * listeners are put on once, since putting four on and taking them off again costs more than what is said meanwhile.
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

  /** Something came by another way than the socket's events. */
  receive(chunk: Buffer): void {
    if (this.#handler !== null) this.#handler.onData(chunk);
    // Who speaks when nobody listens has said enough with his first bytes.
    else this.#unsolicited ??= Buffer.from(chunk);
  }

  /** From now on this one is told, and at once where the wire has ended before; null: nobody is. */
  setHandler(hearer: ReadHandler | null): void {
    this.#handler = hearer;
    const unheard = this.#unsolicited;
    if (hearer !== null && unheard !== null) {
      this.#unsolicited = null;
      hearer.onData(unheard);
    }
    // Not the hearer by name: what it was told may have made it leave.
    if (this.#end !== null) this.#handler?.onEnd(this.#end.error);
  }

  /** Whether one can speak on it. */
  get isOpen(): boolean {
    return this.#end === null && !this.socket.destroyed && this.socket.writable;
  }

  #onEnd(error: Error | null): void {
    if (this.#end !== null) return;
    this.#end = { error };
    this.#handler?.onEnd(error);
  }
}
