import { connect, constants } from "node:http2";
import type { ClientHttp2Session, ClientHttp2Stream, IncomingHttpHeaders, IncomingHttpStatusHeader } from "node:http2";
import type { Socket } from "node:net";
import { BOUNDS } from "../bounds.ts";
import type { Deadline } from "./deadline.ts";
import { createHttp2LimitedStream } from "./http2-limited-stream.ts";

/** A unary call: request and response are one message each. Header names in lower case. */
export interface GrpcRequest {
  readonly scheme: "http" | "https";
  readonly authority: string;
  /** `/package.Service/Method`. */
  readonly path: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly frame: Buffer;
}

/** The response; untrusted. */
export interface GrpcResponse {
  readonly httpStatus: number;
  /** `grpc-status` from the trailers, or from the headers of a trailers-only response; null for none. */
  readonly grpcStatus: number | null;
  readonly grpcMessage: string;
  readonly frame: Buffer;
}

type ResponseHeaders = IncomingHttpHeaders & IncomingHttpStatusHeader;

/**
 * Calls once on an open socket and closes it. Rejects where no complete response came: with the error of the socket or
 * of HTTP/2, or with the deadline's reason.
 */
export function callGrpc(socket: Socket, request: GrpcRequest, deadline: Deadline): Promise<GrpcResponse> {
  const session = connect(`${request.scheme}://${request.authority}`, {
    createConnection: () => createHttp2LimitedStream(socket),
    settings: { enablePush: false },
  });
  return new Promise<GrpcResponse>((resolve, reject) => {
    // Stream, session and socket emit errors in no fixed order; the first one counts.
    session.on("error", reject);
    session.on("close", () => reject(closedEarlyError()));
    socket.on("error", reject);
    deadline.setEndHandler(reject);
    if (deadline.ended) return;
    readResponse(openStream(session, request), deadline, resolve, reject);
  }).finally(() => {
    session.destroy();
    socket.destroy();
  });
}

function openStream(session: ClientHttp2Session, { scheme, authority, path, headers, frame }: GrpcRequest) {
  const stream = session.request({
    ...Object.fromEntries(headers),
    [constants.HTTP2_HEADER_METHOD]: "POST",
    [constants.HTTP2_HEADER_SCHEME]: scheme,
    [constants.HTTP2_HEADER_AUTHORITY]: authority,
    [constants.HTTP2_HEADER_PATH]: path,
    "content-type": "application/grpc",
    te: "trailers",
  });
  stream.end(frame);
  return stream;
}

function readResponse(
  stream: ClientHttp2Stream,
  deadline: Deadline,
  resolve: (response: GrpcResponse) => void,
  reject: (error: unknown) => void,
): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  let headers: ResponseHeaders | null = null;
  let trailers: IncomingHttpHeaders = {};
  const end = (): void => {
    if (headers === null) return reject(closedEarlyError());
    resolve(toGrpcResponse(headers, trailers, Buffer.concat(chunks)));
  };
  stream.on("response", (received) => {
    deadline.markProgress();
    headers = received;
  });
  stream.on("trailers", (received) => {
    trailers = received;
  });
  stream.on("data", (chunk: Buffer) => {
    deadline.markProgress();
    bytes += chunk.length;
    if (bytes <= BOUNDS.probeBodyReadBytes) chunks.push(chunk);
    else end();
  });
  stream.on("error", reject);
  // Not at "end": the trailers, which hold the status, may come after it.
  stream.on("close", end);
}

function toGrpcResponse(headers: ResponseHeaders, trailers: IncomingHttpHeaders, frame: Buffer): GrpcResponse {
  const status = firstValue(trailers["grpc-status"] ?? headers["grpc-status"]);
  return {
    httpStatus: headers[":status"] ?? 0,
    grpcStatus: /^\d{1,3}$/.test(status) ? Number(status) : null,
    grpcMessage: decodeMessage(firstValue(trailers["grpc-message"] ?? headers["grpc-message"])),
    frame,
  };
}

function firstValue(value: string | string[] | undefined): string {
  return Array.isArray(value) ? (value[0] ?? "") : (value ?? "");
}

/** gRPC percent-encodes messages; an invalid encoding is kept as it is. */
function decodeMessage(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function closedEarlyError(): Error {
  return Object.assign(new Error("closed without a response"), { code: "ECONNRESET" });
}
