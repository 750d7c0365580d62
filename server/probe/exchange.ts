import type { HttpExchange } from "./answer.ts";
import type { Deadline } from "./deadline.ts";
import type { HttpQuestion } from "./http-question.ts";
import { readByNode } from "./node-reading.ts";
import { readPlainAnswer } from "./plain-answer.ts";
import type { Wire } from "./wire.ts";

/**
 * Asks once over an open connection and reads at most 64 KiB of the body. Redirects are not followed, interim answers
 * skipped. Rejects where no final answer's headers came: with the socket's or parser's error, or the deadline's reason.
 */
export function exchange(wire: Wire, question: HttpQuestion, deadline: Deadline): Promise<HttpExchange> {
  return new Promise((resolve, reject) => {
    const giveUp = (error: unknown): void => {
      wire.hear(null);
      wire.socket.destroy();
      reject(error);
    };
    const stopWaiting = deadline.whenEnded(giveUp);
    if (deadline.ended) return;

    wire.hear({
      data(chunk) {
        stopWaiting();
        deadline.progressed();
        const plain = readPlainAnswer(chunk, question.method);
        // A reader who knows the rest of HTTP hears it from its first byte.
        if (plain === null) return void readByNode(wire, Buffer.from(chunk), question, deadline).then(resolve, reject);
        wire.hear(null);
        const leftOpen = question.keepAlive && !plain.closes && wire.open;
        if (!leftOpen) wire.socket.destroy();
        resolve({ answer: plain.answer, cut: null, leftOpen });
      },
      ended(error) {
        stopWaiting();
        giveUp(error ?? Object.assign(new Error("closed without an answer"), { code: "ECONNRESET" }));
      },
    });
    wire.socket.write(question.head, "latin1");
  });
}
