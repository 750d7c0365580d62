import type { Socket } from "node:net";

/** Who listens to a wire. */
export interface WireHearer {
  /** The bytes are there during the call only. */
  data(chunk: Buffer): void;
  /** Told once: the other side has ended, or the connection has, with an error or without. */
  ended(error: Error | null): void;
}

/**
 * An open socket that changes hands: now one asks and waits for an answer, now it is kept and must be silent. Its own
 * listeners are put on once, since putting four on and taking them off again costs more than what is said meanwhile.
 */
export class Wire {
  readonly socket: Socket;
  #hearer: WireHearer | null = null;
  #unheard: Buffer | null = null;
  #end: { readonly error: Error | null } | null = null;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on("error", (error) => this.#ended(error));
    socket.on("end", () => this.#ended(null));
    socket.on("close", () => this.#ended(null));
    socket.on("data", (chunk: Buffer) => this.received(chunk));
  }

  /** Something came by another way than the socket's events. */
  received(chunk: Buffer): void {
    if (this.#hearer !== null) this.#hearer.data(chunk);
    // Who speaks when nobody listens has said enough with his first bytes.
    else this.#unheard ??= Buffer.from(chunk);
  }

  /** From now on this one is told, and at once where the wire has ended before; null: nobody is. */
  hear(hearer: WireHearer | null): void {
    this.#hearer = hearer;
    const unheard = this.#unheard;
    if (hearer !== null && unheard !== null) {
      this.#unheard = null;
      hearer.data(unheard);
    }
    // Not the hearer by name: what it was told may have made it leave.
    if (this.#end !== null) this.#hearer?.ended(this.#end.error);
  }

  /** Whether one can speak on it. */
  get open(): boolean {
    return this.#end === null && !this.socket.destroyed && this.socket.writable;
  }

  #ended(error: Error | null): void {
    if (this.#end !== null) return;
    this.#end = { error };
    this.#hearer?.ended(error);
  }
}
