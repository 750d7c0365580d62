import { request as httpRequest } from "node:http";
import type { ClientRequest, IncomingMessage } from "node:http";
import { BOUNDS } from "../bounds.ts";
import type { HttpResponse, HttpExchange } from "./http-response.ts";
import type { Deadline } from "./deadline.ts";
import type { HttpRequest } from "./http-request.ts";
import { normalizeContentEncoding } from "./simple-response.ts";
import { ReplayStream } from "./replay-stream.ts";
import type { SocketReader } from "./socket-reader.ts";

/** More interim answers than this before the real one is no HTTP that means well. */
const INTERIM_RESPONSES_MAX = 16;

/**
 * Reads the answer to a question that was asked, with Node's own parser: chunks, interim answers, bodies that end with
 * the connection, and all that is broken. `received` is what came so far. Resolves and rejects as `exchange` does.
 */
export function readWithNodeParser(
  wire: SocketReader,
  received: Buffer,
  question: HttpRequest,
  deadline: Deadline,
): Promise<HttpExchange> {
  return new Promise((resolve, reject) => {
    const replayed = new ReplayStream(wire, received);
    // No `agent` at all: `agent: false` would make Node ignore createConnection. Method and connection are what the
    // parser goes by; the rest of the question is on its way.
    const request = httpRequest({
      createConnection: () => replayed,
      method: question.method,
      headers: { connection: question.keepAlive ? "keep-alive" : "close" },
      setHost: false,
    });
    let interim = 0;
    let whenCut = (error: unknown): void => {
      deadline.setEndHandler(null);
      replayed.destroy();
      reject(error);
    };
    const fail = (error: unknown): void => whenCut(error);
    const broken = (what: string): void => fail(Object.assign(new Error(what), { code: "HPE_UNEXPECTED_MESSAGE" }));

    request.on("information", () => {
      deadline.markProgress();
      interim += 1;
      if (interim > INTERIM_RESPONSES_MAX) broken("interim answers without end");
    });
    request.on("upgrade", () => broken("the server switched protocols unasked"));
    request.on("error", fail);
    request.on("close", () => fail(Object.assign(new Error("closed without an answer"), { code: "ECONNRESET" })));
    request.on("response", (response) => {
      const read = readBody(response, deadline, (body, complete, cut) => {
        deadline.setEndHandler(null);
        const answer = toHttpResponse(response, body, complete);
        if (!question.keepAlive || !complete) {
          replayed.destroy();
          return resolve({ response: answer, readError: cut, isReusable: false });
        }
        // Node lets go of the connection just after the answer's end; one that the server wants closed it has ended itself.
        onceClosed(request, () => {
          const leftOpen = wire.isOpen && !replayed.destroyed && replayed.writable && replayed.readable;
          if (leftOpen) wire.setHandler(null);
          else replayed.destroy();
          resolve({ response: answer, readError: cut, isReusable: leftOpen });
        });
      });
      whenCut = read.cut;
    });
    deadline.setEndHandler(fail);
    request.end();
  });
}

function onceClosed(request: ClientRequest, then: () => void): void {
  if (request.closed) then();
  else request.once("close", then);
}

/** Collects a body until its end, its limit or a cut, and tells `done` once. */
function readBody(
  response: IncomingMessage,
  deadline: Deadline,
  done: (body: Buffer, complete: boolean, cut: unknown) => void,
): { cut(error: unknown): void } {
  const chunks: Buffer[] = [];
  let bytes = 0;
  let ended = false;
  const end = (complete: boolean, cut: unknown): void => {
    if (ended) return;
    ended = true;
    done(Buffer.concat(chunks).subarray(0, BOUNDS.probeBodyReadBytes), complete, cut);
  };
  deadline.markProgress();
  response.on("data", (chunk: Buffer) => {
    if (ended) return;
    deadline.markProgress();
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > BOUNDS.probeBodyReadBytes) end(false, null);
  });
  response.on("end", () => end(true, null));
  response.on("error", (error) => end(false, error));
  return {
    cut(error) {
      // What comes after a whole answer, such as more bytes than its length, is not of it; the end is on its way.
      if (!response.complete || deadline.ended) end(false, error);
    },
  };
}

function toHttpResponse(response: IncomingMessage, body: Buffer, complete: boolean): HttpResponse {
  return {
    status: response.statusCode ?? 0,
    statusText: response.statusMessage ?? "",
    contentType: response.headers["content-type"] ?? "",
    contentEncoding: normalizeContentEncoding(response.headers["content-encoding"] ?? ""),
    location: response.headers.location ?? "",
    body: body.toString("utf8"),
    complete,
  };
}
