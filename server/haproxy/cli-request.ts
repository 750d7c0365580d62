import { startExchange } from "./pending-exchange.ts";
import { connectionLostError, connectionError } from "./connection-error.ts";
import type { ConnectingSocket } from "./dial.ts";
import type { StatsResponse, RequestLimits } from "./stats-source.ts";

const UNKNOWN_COMMAND = Buffer.from("Unknown command");

/** What is sent, and to whom. */
export interface CliRequest {
  readonly dial: () => ConnectingSocket;
  readonly line: string;
  /** The other side in messages. */
  readonly peer: string;
  /** Ends our side after the line: the master's socket (`-S`) stays open otherwise. */
  readonly halfClose?: boolean;
}

/**
 * Sends one line over a fresh connection and reads until HAProxy closes it. Rejects with a HaprobeError, or with the
 * signal's reason once it is aborted; the socket and the timer are gone by then.
 */
export function sendCliRequest(request: CliRequest, limits: RequestLimits): Promise<StatsResponse> {
  if (limits.signal.aborted) return Promise.reject(limits.signal.reason);
  const { peer: where } = request;
  const { socket, readyEvent: ready } = request.dial();
  const chunks: Buffer[] = [];
  const trial = startExchange<StatsResponse>(where, limits, () => {
    socket.removeAllListeners();
    // A socket that is being destroyed may still report an error, which is nobody's concern any more.
    socket.on("error", () => {});
    socket.destroy();
  });

  socket.on(ready, () => trial.markConnected());
  socket.on("data", (chunk: Buffer) => {
    if (!trial.addReceived(chunk.length)) return;
    chunks.push(chunk);
    // The master keeps the connection after a line that it does not know.
    if (chunks.length === 1 && chunk.subarray(0, UNKNOWN_COMMAND.length).equals(UNKNOWN_COMMAND)) done();
  });
  socket.on("end", done);
  socket.on("error", (cause) => trial.fail(connectionError(cause, where, trial.bytes())));
  socket.on("close", () => trial.fail(connectionLostError(where, trial.bytes())));
  if (request.halfClose === true) socket.end(`${request.line}\n`);
  else socket.write(`${request.line}\n`);
  return trial.promise;

  function done(): void {
    const bytes = Buffer.concat(chunks, trial.bytes());
    const { sentAt } = trial;
    trial.succeed({ bytes, connectMs: trial.connectMs(), sentAt, receivedAt: limits.clock.now() });
  }
}
