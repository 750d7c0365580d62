import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  type IncomingHttpHeaders,
  type IncomingHttpStatusHeader,
} from "node:http2";
import { BOUNDS } from "../bounds.ts";
import type { Deadline } from "./deadline.ts";
import { createHttp2LimitedStream } from "./http2-limited-stream.ts";
import type { SocketReader } from "./socket-reader.ts";

/** One request over HTTP/2. Header names in lower case. */
export interface Http2Request {
  readonly method: string;
  readonly scheme: "http" | "https";
  readonly authority: string;
  readonly path: string;
  readonly headers: ReadonlyMap<string, string>;
  /** Null: no body. */
  readonly body: Buffer | null;
  /** Whether the headers of a response with this status suffice; null: body and trailers are always read. */
  readonly endsAtHeaders: ((status: number) => boolean) | null;
}

/** A response from its final headers on; untrusted. */
export interface Http2Response {
  readonly headers: IncomingHttpHeaders & IncomingHttpStatusHeader;
  readonly trailers: IncomingHttpHeaders;
  /** At most 64 KiB. */
  readonly body: Buffer;
  /** False where reading stopped at its limit or failed. */
  readonly complete: boolean;
  /** The error, or the deadline's reason, that ended the response after its headers; null where it completed. */
  readonly readError: Error | null;
}

/**
 * Sends one request over an open socket and closes it. Rejects where no final headers came: with the error of the socket
 * or of HTTP/2, or with the deadline's reason.
 */
export function exchangeHttp2(reader: SocketReader, request: Http2Request, deadline: Deadline): Promise<Http2Response> {
  const session = connect(`${request.scheme}://${request.authority}`, {
    createConnection: () => createHttp2LimitedStream(reader),
    settings: { enablePush: false },
  });
  return new Promise<Http2Response>((resolve, reject) => {
    let fail: (error: Error) => void = reject;
    // Stream and session emit errors in no fixed order; the first one counts.
    const onError = (error: Error): void => fail(error);
    session.on("error", onError);
    session.on("close", () => fail(closedEarlyError()));
    deadline.setEndHandler(onError);
    if (deadline.ended) return;
    fail = readResponse(openStream(session, request), request.endsAtHeaders, deadline, resolve, reject);
  }).finally(() => {
    session.destroy();
    reader.socket.destroy();
  });
}

function openStream(
  session: ClientHttp2Session,
  { method, scheme, authority, path, headers, body }: Http2Request,
): ClientHttp2Stream {
  const stream = session.request({
    ...Object.fromEntries(headers),
    [constants.HTTP2_HEADER_METHOD]: method,
    [constants.HTTP2_HEADER_SCHEME]: scheme,
    [constants.HTTP2_HEADER_AUTHORITY]: authority,
    [constants.HTTP2_HEADER_PATH]: path,
  });
  if (body === null) stream.end();
  else stream.end(body);
  return stream;
}

/** Collects the response; returns the function that ends it with an error. */
function readResponse(
  stream: ClientHttp2Stream,
  endsAtHeaders: Http2Request["endsAtHeaders"],
  deadline: Deadline,
  resolve: (response: Http2Response) => void,
  reject: (error: unknown) => void,
): (error: Error) => void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  let headers: Http2Response["headers"] | null = null;
  let trailers: IncomingHttpHeaders = {};
  let isComplete = false;
  const end = (readError: Error | null): void => {
    if (headers === null) return reject(readError ?? closedEarlyError());
    const complete = isComplete && readError === null && bytes <= BOUNDS.probeBodyReadBytes;
    const body = Buffer.concat(chunks).subarray(0, BOUNDS.probeBodyReadBytes);
    resolve({ headers, trailers, body, complete, readError });
  };
  stream.on("response", (received) => {
    deadline.markProgress();
    headers = received;
    // What came in the same read is passed on before this.
    if (endsAtHeaders?.(received[":status"] ?? 0)) setImmediate(end, null);
  });
  stream.on("trailers", (received) => {
    trailers = received;
  });
  stream.on("data", (chunk: Buffer) => {
    deadline.markProgress();
    bytes += chunk.length;
    chunks.push(chunk);
    if (bytes > BOUNDS.probeBodyReadBytes) end(null);
  });
  stream.on("error", end);
  // Not at "end": the trailers, which hold the status of gRPC, may come after it.
  stream.on("close", () => {
    isComplete = true;
    end(null);
  });
  return end;
}

function closedEarlyError(): Error {
  return Object.assign(new Error("closed without a response"), { code: "ECONNRESET" });
}
