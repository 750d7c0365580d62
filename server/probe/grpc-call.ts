import { connect, constants } from "node:http2";
import type { ClientHttp2Session, ClientHttp2Stream, IncomingHttpHeaders, IncomingHttpStatusHeader } from "node:http2";
import type { Socket } from "node:net";
import { BOUNDS } from "../bounds.ts";
import type { Deadline } from "./deadline.ts";

/** One call without streams: request and answer are one frame each. Header names in lower case. */
export interface GrpcQuestion {
  readonly scheme: "http" | "https";
  readonly authority: string;
  /** `/package.Service/Method`. */
  readonly path: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly frame: Buffer;
}

/** What came back; untrusted. */
export interface GrpcAnswer {
  readonly httpStatus: number;
  /** `grpc-status`, from the trailers or, where there was nothing else to say, from the headers; null for none. */
  readonly status: number | null;
  readonly message: string;
  readonly frame: Buffer;
}

type ResponseHeaders = IncomingHttpHeaders & IncomingHttpStatusHeader;

/**
 * Calls once over an open socket and closes it. Rejects where no whole answer came: with the error of the socket or
 * of HTTP/2, or with the deadline's reason.
 */
export function callGrpc(socket: Socket, question: GrpcQuestion, deadline: Deadline): Promise<GrpcAnswer> {
  const session = connect(`${question.scheme}://${question.authority}`, {
    createConnection: () => socket,
    settings: { enablePush: false },
  });
  return new Promise<GrpcAnswer>((resolve, reject) => {
    // Errors come to the stream, the session and the socket in no fixed order; the first one counts.
    session.on("error", reject);
    session.on("close", () => reject(closedEarly()));
    socket.on("error", reject);
    deadline.onEnd(reject);
    if (deadline.ended) return;
    readAnswer(open(session, question), deadline, resolve, reject);
  }).finally(() => {
    session.destroy();
    socket.destroy();
  });
}

function open(session: ClientHttp2Session, { scheme, authority, path, headers, frame }: GrpcQuestion) {
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

function readAnswer(
  stream: ClientHttp2Stream,
  deadline: Deadline,
  resolve: (answer: GrpcAnswer) => void,
  reject: (error: unknown) => void,
): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  let headers: ResponseHeaders | null = null;
  let trailers: IncomingHttpHeaders = {};
  const end = (): void => {
    if (headers === null) return reject(closedEarly());
    resolve(answerOf(headers, trailers, Buffer.concat(chunks)));
  };
  stream.on("response", (received) => {
    deadline.progressed();
    headers = received;
  });
  stream.on("trailers", (received) => {
    trailers = received;
  });
  stream.on("data", (chunk: Buffer) => {
    deadline.progressed();
    bytes += chunk.length;
    if (bytes <= BOUNDS.probeBodyReadBytes) chunks.push(chunk);
    else end();
  });
  stream.on("error", reject);
  // Not at "end": the trailers, which hold the status, may come after it.
  stream.on("close", end);
}

function answerOf(headers: ResponseHeaders, trailers: IncomingHttpHeaders, frame: Buffer): GrpcAnswer {
  const status = textOf(trailers["grpc-status"] ?? headers["grpc-status"]);
  return {
    httpStatus: headers[":status"] ?? 0,
    status: /^\d{1,3}$/.test(status) ? Number(status) : null,
    message: unescaped(textOf(trailers["grpc-message"] ?? headers["grpc-message"])),
    frame,
  };
}

function textOf(value: string | string[] | undefined): string {
  return Array.isArray(value) ? (value[0] ?? "") : (value ?? "");
}

/** gRPC writes messages percent-encoded; a broken one stays as it is. */
function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function closedEarly(): Error {
  return Object.assign(new Error("closed without an answer"), { code: "ECONNRESET" });
}
