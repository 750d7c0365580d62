import { attempt } from "./attempt.ts";
import { brokenOff, connectionError } from "./connection-error.ts";
import type { Dialled } from "./dial.ts";
import type { Answer, Limits } from "./source.ts";

const REFUSAL = Buffer.from("Unknown command");

/** What is sent, and to whom. */
export interface CliRequest {
  readonly dial: () => Dialled;
  readonly line: string;
  /** The other side in messages. */
  readonly where: string;
  /** Ends our side after the line: the master's socket (`-S`) stays open otherwise. */
  readonly halfClose?: boolean;
}

/**
 * Sends one line over a fresh connection and reads until HAProxy closes it. Rejects with a HaprobeError, or with the
 * signal's reason once it is aborted; the socket and the timer are gone by then.
 */
export function exchange(request: CliRequest, limits: Limits): Promise<Answer> {
  if (limits.signal.aborted) return Promise.reject(limits.signal.reason);
  const { where } = request;
  const { socket, ready } = request.dial();
  const chunks: Buffer[] = [];
  const trial = attempt<Answer>(where, limits, () => {
    socket.removeAllListeners();
    // A socket that is being destroyed may still report an error, which is nobody's concern any more.
    socket.on("error", () => {});
    socket.destroy();
  });

  socket.on(ready, () => trial.connected());
  socket.on("data", (chunk: Buffer) => {
    if (!trial.received(chunk.length)) return;
    chunks.push(chunk);
    // The master keeps the connection after a line that it does not know.
    if (chunks.length === 1 && chunk.subarray(0, REFUSAL.length).equals(REFUSAL)) done();
  });
  socket.on("end", done);
  socket.on("error", (cause) => trial.fail(connectionError(cause, where, trial.bytes())));
  socket.on("close", () => trial.fail(brokenOff(where, trial.bytes())));
  if (request.halfClose === true) socket.end(`${request.line}\n`);
  else socket.write(`${request.line}\n`);
  return trial.promise;

  function done(): void {
    const bytes = Buffer.concat(chunks, trial.bytes());
    const { sentAt } = trial;
    trial.succeed({ bytes, connectMs: trial.connectMs(), sentAt, receivedAt: limits.clock.now() });
  }
}
