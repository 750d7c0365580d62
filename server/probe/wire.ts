import type { Socket } from "node:net";

/** Who listens to a wire. */
export interface WireHearer {
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
  #end: { readonly error: Error | null } | null = null;

  /** What has come over the socket meanwhile is told to the first hearer. */
  constructor(socket: Socket) {
    this.socket = socket;
    socket.on("error", (error) => this.#ended(error));
    socket.on("end", () => this.#ended(null));
    socket.on("close", () => this.#ended(null));
    socket.on("data", (chunk: Buffer) => this.#hearer?.data(chunk));
  }

  /** From now on this one is told, and at once where the wire has ended before; null: nobody is. */
  hear(hearer: WireHearer | null): void {
    this.#hearer = hearer;
    if (this.#end !== null) hearer?.ended(this.#end.error);
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
