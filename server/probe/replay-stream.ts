import { Duplex } from "node:stream";
import { BOUNDS } from "../bounds.ts";
import { limitError } from "./parser-error.ts";
import { ResponseHeadFilter } from "./response-head-filter.ts";
import type { SocketReader } from "./socket-reader.ts";

/** Node's parser cannot be stopped within a chunk, so it gets small ones. */
const SLICE_BYTES = 1_024;

/**
 * The connection as Node's HTTP client needs it after the request was sent: writes are discarded, and reads begin with
 * the bytes that were received already, with heads in the form that Node's parser reads. Fails where parsers read a head
 * differently, and where a response exceeds its limit of bytes or of socket reads.
 */
export class ReplayStream extends Duplex {
  readonly #reader: SocketReader;
  readonly #pending: Buffer[] = [];
  readonly #heads = new ResponseHeadFilter();
  #end: { readonly error: Error | null } | null = null;
  #isReading = false;
  #bytes = 0;
  #reads = 0;
  #smallReads = 0;

  constructor(reader: SocketReader, received: Buffer) {
    super();
    this.#reader = reader;
    this.#receive(received);
    reader.setHandler({
      onData: (chunk) => this.#receive(Buffer.from(chunk)),
      onEnd: (error) => this.#finish(error),
    });
  }

  /** The response came in many small pieces, each of which costs as much as some kilobytes. */
  get isInPieces(): boolean {
    return this.#smallReads > BOUNDS.probeSmallReads;
  }

  /** Deferred, so that the events of the last slice are handled before the next one is parsed. */
  override _read(): void {
    this.#isReading = true;
    process.nextTick(this.#pushSlice);
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

  #receive(chunk: Buffer): void {
    if (this.#end !== null) return;
    this.#bytes += chunk.length;
    this.#reads += 1;
    if (chunk.length < BOUNDS.probeSmallChunkBytes) this.#smallReads += 1;
    try {
      const parsed = this.#heads.push(chunk);
      if (parsed.length > 0) this.#pending.push(parsed);
      if (this.#bytes > BOUNDS.probeResponseBytes) throw limitError("the response has too many bytes");
      if (this.#reads > BOUNDS.probeResponseReads) throw limitError("the response has too many reads");
      this.#pushSlice();
    } catch (error) {
      this.#finish(error as Error);
    }
  }

  #finish(error: Error | null): void {
    this.#end ??= { error };
    this.#pushSlice();
  }

  readonly #pushSlice = (): void => {
    if (!this.#isReading || this.destroyed) return;
    const [chunk] = this.#pending;
    if (chunk === undefined && this.#end === null) return;
    this.#isReading = false;
    if (chunk === undefined) {
      if (this.#end?.error) this.destroy(this.#end.error);
      else this.push(null);
      return;
    }
    if (chunk.length > SLICE_BYTES) this.#pending[0] = chunk.subarray(SLICE_BYTES);
    else this.#pending.shift();
    this.push(chunk.subarray(0, SLICE_BYTES));
  };
}
