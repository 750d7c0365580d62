import type { HttpExchange } from "./answer.ts";
import type { Deadline } from "./deadline.ts";
import type { HttpQuestion } from "./http-question.ts";
import { readByNode } from "./node-reading.ts";
import { readPlainAnswer } from "./plain-answer.ts";
import type { Wire, WireHearer } from "./wire.ts";

/**
 * Asks once over an open connection and reads at most 64 KiB of the body. Redirects are not followed, interim answers
 * skipped. Resolves with what `read` makes of the answer. Rejects where no final answer's headers came: with the
 * socket's or parser's error, or the deadline's reason.
 */
export function exchange<T>(
  wire: Wire,
  question: HttpQuestion,
  deadline: Deadline,
  read: (exchanged: HttpExchange) => T,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const asking = new Asking(wire, question, deadline, read, resolve, reject);
    deadline.onEnd(asking.giveUp);
    if (deadline.ended) return;
    wire.hear(asking);
    wire.socket.write(question.head, "latin1");
  });
}

/** One question that waits for its answer. */
class Asking<T> implements WireHearer {
  readonly #wire: Wire;
  readonly #question: HttpQuestion;
  readonly #deadline: Deadline;
  readonly #read: (exchanged: HttpExchange) => T;
  readonly #resolve: (read: T) => void;
  readonly #reject: (error: unknown) => void;

  constructor(
    wire: Wire,
    question: HttpQuestion,
    deadline: Deadline,
    read: (exchanged: HttpExchange) => T,
    resolve: (read: T) => void,
    reject: (error: unknown) => void,
  ) {
    this.#wire = wire;
    this.#question = question;
    this.#deadline = deadline;
    this.#read = read;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  readonly giveUp = (error: unknown): void => {
    this.#wire.hear(null);
    this.#wire.socket.destroy();
    this.#reject(error);
  };

  data(chunk: Buffer): void {
    const [wire, deadline, question] = [this.#wire, this.#deadline, this.#question];
    deadline.onEnd(null);
    deadline.progressed();
    const plain = readPlainAnswer(chunk, question.method);
    if (plain === null) {
      // A reader who knows the rest of HTTP hears it from its first byte.
      const whole = readByNode(wire, Buffer.from(chunk), question, deadline);
      whole.then((exchanged) => this.#answered(exchanged), this.#reject);
      return;
    }
    wire.hear(null);
    const leftOpen = question.keepAlive && !plain.closes && wire.open;
    if (!leftOpen) wire.socket.destroy();
    this.#answered({ answer: plain.answer, cut: null, leftOpen });
  }

  ended(error: Error | null): void {
    this.#deadline.onEnd(null);
    this.giveUp(error ?? Object.assign(new Error("closed without an answer"), { code: "ECONNRESET" }));
  }

  #answered(exchanged: HttpExchange): void {
    try {
      this.#resolve(this.#read(exchanged));
    } catch (error) {
      this.giveUp(error);
    }
  }
}
