import type { Socket } from "node:net";
import { HaprobeError } from "../errors.ts";
import { connectionError } from "./connection-error.ts";
import type { Answer, Limits } from "./source.ts";

/**
 * Sends one line over a fresh connection and reads until HAProxy closes it.
 * `where` names the other side in messages. Rejects with a HaprobeError, or with the signal's reason once it is aborted;
 * the socket and the timer are gone by then.
 */
export function exchange(open: () => Socket, line: string, where: string, limits: Limits): Promise<Answer> {
  const { clock, timeoutMs, maxBytes, signal } = limits;
  if (signal.aborted) return Promise.reject(signal.reason);
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const sentAt = clock.now();
  const chunks: Buffer[] = [];
  let bytes = 0;
  let connectMs: number | null = null;

  const socket = open();
  const cancelDeadline = clock.after(timeoutMs, () => {
    const progress = connectMs === null ? "not even connected" : `connected, ${bytes} bytes received`;
    fail(new HaprobeError("HAPROBE_STATS_TIMED_OUT", `${where} gave no answer within ${timeoutMs} ms (${progress})`));
  });
  signal.addEventListener("abort", aborted, { once: true });

  socket.on("connect", () => {
    connectMs = clock.now() - sentAt;
  });
  socket.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > maxBytes) {
      fail(new HaprobeError("HAPROBE_STATS_TOO_LARGE", `the answer of ${where} is larger than ${maxBytes} bytes`));
      return;
    }
    chunks.push(chunk);
  });
  socket.on("end", () => {
    const answer = Buffer.concat(chunks, bytes);
    finish();
    resolve({ text: answer.toString("latin1"), connectMs: connectMs ?? 0, sentAt, receivedAt: clock.now() });
  });
  socket.on("error", (cause) => fail(connectionError(cause, where, bytes)));
  socket.write(`${line}\n`);
  return promise;

  function aborted(): void {
    fail(signal.reason);
  }

  function fail(reason: unknown): void {
    finish();
    reject(reason);
  }

  function finish(): void {
    cancelDeadline();
    signal.removeEventListener("abort", aborted);
    socket.removeAllListeners();
    // A socket that is being destroyed may still report an error, which is nobody's concern any more.
    socket.on("error", () => {});
    socket.destroy();
  }
}
