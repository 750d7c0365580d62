import { startExchange } from "./pending-exchange.ts";
import { connectionLostError, connectionError } from "./connection-error.ts";
import type { ConnectingSocket } from "./dial.ts";
import type { StatsResponse, RequestLimits } from "./stats-source.ts";

const UNKNOWN_COMMAND = Buffer.from("Unknown command");

/** One command line and the connection to send it on. */
export interface CliRequest {
  readonly dial: () => ConnectingSocket;
  readonly line: string;
  /** The peer's address in error messages. */
  readonly peer: string;
  /** Half-closes the connection after the line; the master CLI (`-S`) keeps it open otherwise. */
  readonly halfClose?: boolean;
}

/**
 * Sends one line over a fresh connection and reads until HAProxy closes it. Rejects with a HaprobeError, or with the
 * signal's reason; the socket and the timer are released in each case.
 */
export function sendCliRequest(request: CliRequest, limits: RequestLimits): Promise<StatsResponse> {
  if (limits.signal.aborted) return Promise.reject(limits.signal.reason);
  const { peer } = request;
  const { socket, readyEvent } = request.dial();
  const exchange = startExchange(peer, limits, () => {
    socket.removeAllListeners();
    // A destroyed socket may still emit an error.
    socket.on("error", () => {});
    socket.destroy();
  });

  socket.on(readyEvent, () => exchange.markConnected());
  socket.on("data", (chunk: Buffer) => {
    const isFirst = exchange.bytes() === 0;
    exchange.addChunk(chunk);
    // The master CLI keeps the connection open after an unknown command.
    if (isFirst && chunk.subarray(0, UNKNOWN_COMMAND.length).equals(UNKNOWN_COMMAND)) exchange.complete();
  });
  socket.on("end", () => exchange.complete());
  socket.on("error", (cause) => exchange.fail(connectionError(cause, peer, exchange.bytes())));
  socket.on("close", () => exchange.fail(connectionLostError(peer, exchange.bytes())));
  if (request.halfClose === true) socket.end(`${request.line}\n`);
  else socket.write(`${request.line}\n`);
  return exchange.response;
}
