import type { HttpExchange } from "./http-response.ts";
import type { Deadline } from "./deadline.ts";
import type { HttpRequest } from "./http-request.ts";
import { readWithNodeParser } from "./node-http-parser.ts";
import { parseSimpleResponse } from "./simple-response.ts";
import type { SocketReader, ReadHandler } from "./socket-reader.ts";

/**
 * Asks once over an open connection and reads at most 64 KiB of the body. Redirects are not followed, interim answers
 * skipped. Resolves with what `read` makes of the answer. Rejects where no final answer's headers came: with the
 * socket's or parser's error, or the deadline's reason.
 */
export function exchangeHttp<T>(
  wire: SocketReader,
  question: HttpRequest,
  deadline: Deadline,
  read: (exchanged: HttpExchange) => T,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const asking = new PendingHttpExchange(wire, question, deadline, read, resolve, reject);
    deadline.setEndHandler(asking.abort);
    if (deadline.ended) return;
    wire.setHandler(asking);
    wire.socket.write(question.head, "latin1");
  });
}

/** One question that waits for its answer. */
class PendingHttpExchange<T> implements ReadHandler {
  readonly #reader: SocketReader;
  readonly #request: HttpRequest;
  readonly #deadline: Deadline;
  readonly #onExchange: (exchanged: HttpExchange) => T;
  readonly #resolve: (read: T) => void;
  readonly #reject: (error: unknown) => void;

  constructor(
    wire: SocketReader,
    question: HttpRequest,
    deadline: Deadline,
    read: (exchanged: HttpExchange) => T,
    resolve: (read: T) => void,
    reject: (error: unknown) => void,
  ) {
    this.#reader = wire;
    this.#request = question;
    this.#deadline = deadline;
    this.#onExchange = read;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  readonly abort = (error: unknown): void => {
    this.#reader.setHandler(null);
    this.#reader.socket.destroy();
    this.#reject(error);
  };

  onData(chunk: Buffer): void {
    const [wire, deadline, question] = [this.#reader, this.#deadline, this.#request];
    deadline.setEndHandler(null);
    deadline.markProgress();
    const plain = parseSimpleResponse(chunk, question.method);
    if (plain === null) {
      // A reader who knows the rest of HTTP hears it from its first byte.
      const whole = readWithNodeParser(wire, Buffer.from(chunk), question, deadline);
      whole.then((exchanged) => this.#complete(exchanged), this.#reject);
      return;
    }
    wire.setHandler(null);
    const leftOpen = question.keepAlive && !plain.closesConnection && wire.isOpen;
    if (!leftOpen) wire.socket.destroy();
    this.#complete({ response: plain.response, readError: null, isReusable: leftOpen });
  }

  onEnd(error: Error | null): void {
    this.#deadline.setEndHandler(null);
    this.abort(error ?? Object.assign(new Error("closed without an answer"), { code: "ECONNRESET" }));
  }

  #complete(exchanged: HttpExchange): void {
    try {
      this.#resolve(this.#onExchange(exchanged));
    } catch (error) {
      this.abort(error);
    }
  }
}
