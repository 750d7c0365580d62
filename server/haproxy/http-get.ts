import { type IncomingHttpHeaders, type IncomingMessage, request as httpRequest } from "node:http";
import { BOUNDS } from "../bounds.ts";
import { HaprobeError } from "../errors.ts";
import { LF } from "./field-bytes.ts";
import { startExchange, tooLargeError } from "./pending-exchange.ts";
import { connectionLostError, connectionError } from "./connection-error.ts";
import { startsWith } from "./response-sections.ts";
import type { ConnectingSocket } from "./dial.ts";
import type { StatsResponse, RequestLimits } from "./stats-source.ts";

/** Ends a table, as in the Runtime API. */
const EMPTY_LINE = Buffer.from("\n");
const CRLF = Buffer.from("\r\n");

/** One GET request and the connection to send it on. */
export interface HttpGetRequest {
  readonly dial: () => ConnectingSocket;
  readonly path: string;
  readonly headers: ReadonlyMap<string, string>;
  /** The peer's address in error messages. */
  readonly peer: string;
}

/** Status and headers of a response. */
export interface HttpResponseHead {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
}

/**
 * Sends one request over a fresh connection and reads the body to its end as HTTP delimits it: a length, or the last
 * chunk; a body that ends with a line feed gets the empty line that ends a table of the Runtime API. `detectError` returns the error that makes the body useless, or null. Follows no redirects. Rejects as
 * sendCliRequest does; the socket and the timer are released in each case.
 */
export function sendHttpGet(
  what: HttpGetRequest,
  detectError: (head: HttpResponseHead) => HaprobeError | null,
  limits: RequestLimits,
): Promise<StatsResponse> {
  if (limits.signal.aborted) return Promise.reject(limits.signal.reason);
  const { peer } = what;
  const { socket, readyEvent } = what.dial();
  const exchange = startExchange(peer, limits, () => {
    // A destroyed socket may still emit an error.
    socket.on("error", () => {});
    socket.destroy();
  });
  socket.on(readyEvent, () => exchange.markConnected());
  // `agent` stays unset: `agent: false` would make Node ignore createConnection.
  const request = httpRequest({
    createConnection: () => socket,
    method: "GET",
    path: what.path,
    headers: Object.fromEntries(what.headers),
    setHost: false,
  });
  request.on("error", (cause) => exchange.fail(httpError(cause, peer, exchange.bytes())));
  request.on("socket", () => {
    socket.prependListener("data", (bytes: Buffer) => {
      if (!hasTooManyLines(bytes)) return;
      // The parser, which makes an object of each chunk, finds zeros and stops.
      bytes.fill(0);
      exchange.fail(tooManyPartsError(peer));
    });
    // Chunk sizes and interim responses are no part of the body.
    socket.on("data", () => {
      if (socket.bytesRead > 2 * limits.maxBytes) exchange.fail(tooLargeError(peer, 2 * limits.maxBytes));
    });
  });
  let interimResponses = 0;
  request.on("information", () => {
    if ((interimResponses += 1) > BOUNDS.interimResponsesMax) exchange.fail(notHttpError(peer));
  });
  request.on("upgrade", () => exchange.fail(notHttpError(peer)));
  request.on("response", (response) => {
    const error = detectError({ status: response.statusCode ?? 0, headers: response.headers });
    if (error !== null) exchange.fail(error);
    else if (!hasLength(response)) exchange.fail(missingLengthError(peer));
    else readBody(response);
  });
  request.on("close", () => exchange.fail(connectionLostError(peer, exchange.bytes())));
  request.end();
  return exchange.response;

  function readBody(response: IncomingMessage): void {
    let lastByte: number | undefined;
    response.on("data", (chunk: Buffer) => {
      exchange.addChunk(chunk);
      lastByte = chunk.at(-1);
    });
    response.on("error", (cause) => exchange.fail(httpError(cause, peer, exchange.bytes())));
    response.on("end", () => {
      if (!response.complete) return exchange.fail(connectionLostError(peer, exchange.bytes()));
      if (lastByte === LF) exchange.addChunk(EMPTY_LINE);
      exchange.complete();
    });
  }
}

/** True for very many ends of lines (CRLF) in one read: chunks of a few bytes. A table has line feeds alone, and large chunks. */
function hasTooManyLines(bytes: Buffer): boolean {
  let lines = 0;
  for (let at = bytes.indexOf(CRLF); at >= 0; at = bytes.indexOf(CRLF, at + CRLF.length)) {
    if ((lines += 1) > BOUNDS.readSeparatorsMax) return true;
  }
  return false;
}

function tooManyPartsError(peer: string): HaprobeError {
  return new HaprobeError(
    "HAPROBE_STATS_NOT_HAPROXY",
    `${peer}: the response comes in very many small chunks or header lines, as no HAProxy sends it`,
  );
}

function hasLength({ headers }: IncomingMessage): boolean {
  return headers["content-length"] !== undefined || /\bchunked\s*$/i.test(headers["transfer-encoding"] ?? "");
}

function httpError(cause: Error, peer: string, bytes: number): HaprobeError {
  const { code = "" } = cause as NodeJS.ErrnoException;
  // Codes of Node's parser, such as HPE_INVALID_CONSTANT and HPE_HEADER_OVERFLOW.
  if (code.startsWith("HPE_")) return notHttpError(peer, cause);
  if (code === "" || /aborted|hang up/.test(cause.message)) return connectionLostError(peer, bytes, cause);
  return connectionError(cause, peer, bytes);
}

function notHttpError(peer: string, cause?: Error): HaprobeError {
  // The parser's error has the bytes that it could not parse.
  const rawPacket = (cause as { readonly rawPacket?: Buffer } | undefined)?.rawPacket;
  const isRuntimeApi = rawPacket !== undefined && startsWith(rawPacket, "Unknown command");
  const hint = isRuntimeApi ? " but that of a Runtime API, whose address is `tcp://HOST:PORT`" : "";
  return new HaprobeError("HAPROBE_STATS_NOT_HAPROXY", `${peer}: the response is not HTTP${hint}`, { cause });
}

/** HTTP/1.0 ends a body by closing the connection, so that a truncated one looks complete. */
function missingLengthError(peer: string): HaprobeError {
  return new HaprobeError(
    "HAPROBE_STATS_TRUNCATED",
    `${peer}: the response has neither a length nor chunks, so it cannot be known to be complete`,
  );
}
