import { BOUNDS } from "../bounds.ts";
import type { HttpExchange } from "./http-response.ts";
import type { Deadline } from "./deadline.ts";
import type { HttpRequest } from "./http-request.ts";
import { readWithNodeParser } from "./node-http-parser.ts";
import { parseSimpleResponse, STATUS_AT } from "./simple-response.ts";
import type { SocketReader, ReadHandler } from "./socket-reader.ts";

/**
 * Sends one request on an open connection and reads at most 64 KiB of the body. Redirects are not followed, interim
 * responses are skipped. Resolves with the result of `onExchange`. Rejects where no final response's headers came: with
 * the socket's or parser's error, or the deadline's reason.
 */
export function exchangeHttp<T>(
  reader: SocketReader,
  request: HttpRequest,
  deadline: Deadline,
  onExchange: (exchange: HttpExchange) => T,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const exchange = new PendingHttpExchange(reader, request, deadline, onExchange, resolve, reject);
    deadline.setEndHandler(exchange.abort);
    if (deadline.ended) return;
    reader.setHandler(exchange);
    reader.socket.write(request.head, "latin1");
  });
}

/** One request that waits for its response. */
class PendingHttpExchange<T> implements ReadHandler {
  readonly #reader: SocketReader;
  readonly #request: HttpRequest;
  readonly #deadline: Deadline;
  readonly #onExchange: (exchange: HttpExchange) => T;
  readonly #resolve: (value: T) => void;
  readonly #reject: (error: unknown) => void;

  constructor(
    reader: SocketReader,
    request: HttpRequest,
    deadline: Deadline,
    onExchange: (exchange: HttpExchange) => T,
    resolve: (value: T) => void,
    reject: (error: unknown) => void,
  ) {
    this.#reader = reader;
    this.#request = request;
    this.#deadline = deadline;
    this.#onExchange = onExchange;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  readonly abort = (error: unknown): void => {
    this.#reader.setHandler(null);
    this.#reader.socket.destroy();
    this.#reject(error);
  };

  onData(chunk: Buffer): void {
    const [reader, deadline, request] = [this.#reader, this.#deadline, this.#request];
    deadline.setEndHandler(null);
    deadline.markProgress();
    const simple = parseSimpleResponse(chunk, request.method);
    if (simple === null) {
      // Node's parser reads the response again from its first byte.
      const copy = copyOf(reader, chunk, request);
      const waste = copy.length < chunk.length ? "unread" : null;
      const parsed = readWithNodeParser(reader, copy, request, deadline);
      parsed.then((exchange) => this.#complete({ ...exchange, waste: exchange.waste ?? waste }), this.#reject);
      return;
    }
    reader.setHandler(null);
    const isReusable = request.keepAlive && !simple.closesConnection && reader.isOpen;
    if (!isReusable) reader.socket.destroy();
    const { response, headLength } = simple;
    this.#complete({ response, readError: null, waste: null, head: chunk, headLength, isReusable });
  }

  onEnd(error: Error | null): void {
    this.#deadline.setEndHandler(null);
    this.abort(error ?? Object.assign(new Error("closed without a response"), { code: "ECONNRESET" }));
  }

  #complete(exchange: HttpExchange): void {
    try {
      this.#resolve(this.#onExchange(exchange));
    } catch (error) {
      this.abort(error);
    }
  }
}

/** Longest head, and the part of its body that is shown. */
const HEAD_AND_SHOWN_BYTES = BOUNDS.probeHeadBytes + BOUNDS.probeBodyKeptBytes;

/** A copy of a response's first chunk, without the part of its body that is not needed. */
function copyOf(reader: SocketReader, chunk: Buffer, { endsAtHeaders }: HttpRequest): Buffer {
  const isLong = endsAtHeaders !== null && chunk.length > HEAD_AND_SHOWN_BYTES;
  const status = isLong ? Number(chunk.toString("latin1", STATUS_AT, STATUS_AT + 3)) : 0;
  if (!isLong || !endsAtHeaders(status)) return Buffer.from(chunk);
  // The connection is closed afterwards: an endless body is left to the kernel.
  reader.socket.pause();
  return Buffer.from(chunk.subarray(0, HEAD_AND_SHOWN_BYTES));
}
