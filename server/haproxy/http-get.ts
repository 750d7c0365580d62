import { type IncomingHttpHeaders, type IncomingMessage, request as httpRequest } from "node:http";
import { HaprobeError } from "../errors.ts";
import { startExchange } from "./pending-exchange.ts";
import { connectionLostError, connectionError } from "./connection-error.ts";
import type { ConnectingSocket } from "./dial.ts";
import type { StatsResponse, RequestLimits } from "./stats-source.ts";

/** One GET, and to whom. */
export interface HttpGetRequest {
  readonly dial: () => ConnectingSocket;
  readonly path: string;
  readonly headers: ReadonlyMap<string, string>;
  /** The other side in messages. */
  readonly peer: string;
}

/** The part of an answer that comes before its body. */
export interface HttpResponseHead {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
}

/**
 * Asks once over a fresh connection and reads the body to the end that HTTP gives it: a length, or the last chunk.
 * `refuse` looks at the head and gives the error that makes the body not worth reading, or null. Redirects are not
 * followed. Rejects as `exchange` does; the socket and the timer are gone by then.
 */
export function sendHttpGet(
  question: HttpGetRequest,
  refuse: (head: HttpResponseHead) => HaprobeError | null,
  limits: RequestLimits,
): Promise<StatsResponse> {
  if (limits.signal.aborted) return Promise.reject(limits.signal.reason);
  const { peer: where } = question;
  const { socket, readyEvent: ready } = question.dial();
  const trial = startExchange<StatsResponse>(where, limits, () => {
    // What is still told of a socket that is being destroyed is nobody's concern.
    socket.on("error", () => {});
    socket.destroy();
  });
  socket.on(ready, () => trial.markConnected());
  // No `agent` at all: `agent: false` would make Node ignore createConnection.
  const request = httpRequest({
    createConnection: () => socket,
    method: "GET",
    path: question.path,
    headers: Object.fromEntries(question.headers),
    setHost: false,
  });
  request.on("error", (cause) => trial.fail(httpError(cause, where, trial.bytes())));
  request.on("upgrade", () => trial.fail(notHttpError(where)));
  request.on("response", (response) => {
    const refusal = refuse({ status: response.statusCode ?? 0, headers: response.headers });
    if (refusal !== null) trial.fail(refusal);
    else if (!hasLength(response)) trial.fail(missingLengthError(where));
    else readBody(response);
  });
  request.on("close", () => trial.fail(connectionLostError(where, trial.bytes())));
  request.end();
  return trial.promise;

  function readBody(response: IncomingMessage): void {
    const chunks: Buffer[] = [];
    response.on("data", (chunk: Buffer) => {
      if (trial.addReceived(chunk.length)) chunks.push(chunk);
    });
    response.on("error", (cause) => trial.fail(httpError(cause, where, trial.bytes())));
    response.on("end", () => {
      if (!response.complete) return trial.fail(connectionLostError(where, trial.bytes()));
      const bytes = Buffer.concat(chunks, trial.bytes());
      const { sentAt } = trial;
      trial.succeed({ bytes, connectMs: trial.connectMs(), sentAt, receivedAt: limits.clock.now() });
    });
  }
}

function hasLength({ headers }: IncomingMessage): boolean {
  return headers["content-length"] !== undefined || /\bchunked\s*$/i.test(headers["transfer-encoding"] ?? "");
}

function httpError(cause: Error, where: string, bytes: number): HaprobeError {
  const { code = "" } = cause as NodeJS.ErrnoException;
  // What the parser names: HPE_INVALID_CONSTANT, HPE_HEADER_OVERFLOW.
  if (code.startsWith("HPE_")) return notHttpError(where, cause);
  if (code === "" || /aborted|hang up/.test(cause.message)) return connectionLostError(where, bytes, cause);
  return connectionError(cause, where, bytes);
}

function notHttpError(where: string, cause?: Error): HaprobeError {
  return new HaprobeError("HAPROBE_STATS_NOT_HAPROXY", `what answers at ${where} does not speak HTTP`, { cause });
}

/** HTTP/1.0 ends an answer by closing: a whole one looks like half of one. */
function missingLengthError(where: string): HaprobeError {
  return new HaprobeError(
    "HAPROBE_STATS_TRUNCATED",
    `the answer of ${where} says neither its length nor its end, so nobody knows whether it is whole`,
  );
}
