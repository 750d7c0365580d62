import { type ClientRequest, type IncomingMessage, request as httpRequest } from "node:http";
import { BOUNDS } from "../bounds.ts";
import type { HttpResponse, HttpExchange } from "./http-response.ts";
import { decodeResponse } from "./decode-response.ts";
import type { Deadline } from "./deadline.ts";
import { isParserError, limitError, parserError } from "./parser-error.ts";
import { HTTP2_ONLY, OTHER_PROTOCOL } from "./probe-failure.ts";
import { sanitizeLine } from "./untrusted-text.ts";
import type { HttpRequest } from "./http-request.ts";
import { otherThanHttp1 } from "./response-head-filter.ts";
import { ReplayStream } from "./replay-stream.ts";
import type { SocketReader } from "./socket-reader.ts";
import { upgradeError } from "./websocket-upgrade.ts";

/** Of a response of which only the status is readable to both parsers. */
const NO_HEAD = { head: [], headLength: 0 } as const;

/**
 * Reads the response to a request that was already sent, with Node's own parser: chunked and interim responses, bodies
 * that end with the connection, and malformed ones. `received` is the first chunk. Resolves and rejects as
 * `exchangeHttp` does, but resolves with the status where only the status line is readable to both parsers.
 */
export function readWithNodeParser(
  reader: SocketReader,
  received: Buffer,
  request: HttpRequest,
  deadline: Deadline,
): Promise<HttpExchange> {
  const other = otherThanHttp1(received);
  if (other !== null) {
    reader.setHandler(null);
    reader.socket.destroy();
    const status = readFinalStatus(received);
    const readError = otherProtocolError(received, other) ?? other;
    if (status === null) return Promise.reject(readError);
    const response = statusOnlyResponse(status, false);
    return Promise.resolve({ ...NO_HEAD, response, readError, waste: null, isReusable: false });
  }
  return new Promise((resolve, reject) => {
    const stream = new ReplayStream(reader, received);
    // No `agent` at all: `agent: false` would make Node ignore createConnection. The parser depends on method and
    // connection header only.
    const clientRequest = httpRequest({
      createConnection: () => stream,
      method: request.method,
      headers: { connection: request.keepAlive ? "keep-alive" : "close" },
      setHost: false,
    });
    let interim = 0;
    let onFailure = (error: unknown): void => {
      deadline.setEndHandler(null);
      stream.destroy();
      const status = isParserError(error) ? readFinalStatus(received) : null;
      const readError = isParserError(error) ? (otherProtocolError(received, error) ?? error) : error;
      if (status === null) reject(deadline.expired && stream.isInPieces ? IN_PIECES : readError);
      else
        resolve({ ...NO_HEAD, response: statusOnlyResponse(status, false), readError, waste: null, isReusable: false });
    };
    const fail = (error: unknown): void => onFailure(error);
    const failParsing = (message: string): void => fail(parserError(message));

    clientRequest.on("information", ({ rawHeaders }) => {
      deadline.markProgress();
      interim += 1;
      if (interim > BOUNDS.interimResponsesMax) fail(limitError("endless interim responses"));
      if (rawHeaders.length > 2 * BOUNDS.probeInterimHeaders)
        fail(limitError("too many headers of an interim response"));
    });
    clientRequest.on("upgrade", ({ headers }) => {
      const error = upgradeError(request.upgrade, headers);
      if (error !== null) return failParsing(error);
      deadline.setEndHandler(null);
      stream.destroy();
      resolve({ ...NO_HEAD, response: statusOnlyResponse(101, true), readError: null, waste: null, isReusable: false });
    });
    clientRequest.on("error", fail);
    clientRequest.on("close", () =>
      fail(Object.assign(new Error("closed without a response"), { code: "ECONNRESET" })),
    );
    clientRequest.on("response", (response) => {
      // Without an upgrade header Node passes 101 on as a final response.
      if (response.statusCode === 101) return failParsing("the server switched to a protocol that it does not name");
      const difference = readingDifference(response);
      if (difference !== null) return failParsing(difference);
      const endsEarly = request.endsAtHeaders?.(response.statusCode ?? 0) ?? false;
      const body = readBody(response, endsEarly, deadline, (bytes, complete, readError, inChunks) => {
        deadline.setEndHandler(null);
        const head = {
          status: response.statusCode ?? 0,
          statusText: response.statusMessage ?? "",
          headers: response.headers,
        };
        const decoded = decodeResponse(head, bytes, complete, request.decodesBody);
        const { response: parsed } = decoded;
        const rawHead = { head: response.rawHeaders, headLength: 0 };
        const waste = inChunks || stream.isInPieces ? "pieces" : decoded.expandsTooFar ? "expansion" : null;
        if (!request.keepAlive || !complete) {
          stream.destroy();
          return resolve({ response: parsed, readError, waste, ...rawHead, isReusable: false });
        }
        // Node releases the connection just after the end of the response, or ends it where the server asked for that.
        onceClosed(clientRequest, () => {
          const isReusable = reader.isOpen && !stream.destroyed && stream.writable && stream.readable;
          if (isReusable) reader.setHandler(null);
          else stream.destroy();
          resolve({ response: parsed, readError, waste, ...rawHead, isReusable });
        });
      });
      onFailure = body.fail;
    });
    deadline.setEndHandler(fail);
    clientRequest.end();
  });
}

/** The error of a response that had no end of its headers in time, because it came in small pieces. */
const IN_PIECES = limitError("the headers came in small pieces");

/** What Node's parser accepts in the headers and HAProxy's rejects, or other clients read differently; null for nothing. */
function readingDifference({ headers, rawHeaders }: IncomingMessage): string | null {
  const coding = headers["transfer-encoding"];
  if (coding !== undefined && coding.trim().toLowerCase() !== "chunked")
    return `the transfer-encoding ${sanitizeLine(coding, 40)}`;
  return rawHeaders.length > 2 * BOUNDS.probeHeaders ? "too many headers" : null;
}

/** Longest begin of a response in which its status is looked for. */
const STATUS_LINE_BYTES = 64;

/** The status of a status line that HAProxy's check or ICY's clients read; null for none, or for an interim one. */
function readFinalStatus(received: Buffer): number | null {
  const line = received.toString("latin1", 0, STATUS_LINE_BYTES);
  const status = /^(?:\r?\n)*(?:HTTP\/\d\.\d|ICY)[ \t]+([2-5]\d\d)[ \r\n]/.exec(line)?.[1];
  return status === undefined ? null : Number(status);
}

function statusOnlyResponse(status: number, complete: boolean): HttpResponse {
  const empty = { statusText: "", contentType: "", contentEncoding: "", location: "", body: "" };
  return { status, ...empty, complete };
}

/** SETTINGS or GOAWAY of stream 0, with which an HTTP/2 server begins. */
function isHttp2Frame(received: Buffer): boolean {
  return (
    received.length >= 9 &&
    received[0] === 0 &&
    (received[3] === 4 || received[3] === 7) &&
    received.readUInt32BE(5) === 0
  );
}

/** The error of a response in a protocol that other clients read, though Node's parser does not; null for none. */
function otherProtocolError(received: Buffer, cause: Error): Error | null {
  if (isHttp2Frame(received)) return Object.assign(new Error("it speaks HTTP/2 only", { cause }), { code: HTTP2_ONLY });
  const [protocol] = /^(ICY|RTSP)(?=[ /])/.exec(received.toString("latin1", 0, STATUS_LINE_BYTES)) ?? [];
  if (protocol === undefined) return null;
  const name = protocol === "ICY" ? "ICY (SHOUTcast)" : protocol;
  return Object.assign(new Error(`it answers in ${name}, not HTTP`, { cause }), { code: OTHER_PROTOCOL });
}

function onceClosed(request: ClientRequest, then: () => void): void {
  if (request.closed) then();
  else request.once("close", then);
}

/**
 * Collects a body until its end, its limit of bytes or small chunks, or an error, and calls `done` once. `endsEarly`:
 * only until the bytes that were received with the headers are read.
 */
function readBody(
  response: IncomingMessage,
  endsEarly: boolean,
  deadline: Deadline,
  done: (body: Buffer, complete: boolean, readError: unknown, inChunks: boolean) => void,
): { fail(error: unknown): void } {
  const chunks: Buffer[] = [];
  let bytes = 0;
  let smallChunks = 0;
  let ended = false;
  const end = (complete: boolean, readError: unknown): void => {
    if (ended) return;
    ended = true;
    const inChunks = smallChunks >= BOUNDS.probeSmallChunks;
    done(Buffer.concat(chunks).subarray(0, BOUNDS.probeBodyReadBytes), complete, readError, inChunks);
  };
  deadline.markProgress();
  response.on("data", (chunk: Buffer) => {
    if (ended) return;
    deadline.markProgress();
    chunks.push(chunk);
    bytes += chunk.length;
    if (chunk.length < BOUNDS.probeSmallChunkBytes) smallChunks += 1;
    const bytesMax = endsEarly ? BOUNDS.probeHeadBytes : BOUNDS.probeBodyReadBytes;
    if (bytes > bytesMax || smallChunks >= BOUNDS.probeSmallChunks) end(false, null);
  });
  // Slices of what was received are parsed in ticks, which run before this.
  if (endsEarly) setImmediate(() => end(false, null));
  response.on("end", () => end(true, null));
  response.on("error", (error) => end(false, error));
  return {
    fail(error) {
      // An error after a complete response, such as surplus bytes, does not belong to it; `end` follows.
      if (!response.complete || deadline.ended) end(false, error);
    },
  };
}
