import { request as httpRequest } from "node:http";
import type { ClientRequest, IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { BOUNDS } from "../bounds.ts";
import type { HttpAnswer } from "./answer.ts";
import type { Deadline } from "./deadline.ts";

/** A request without a body; header names in lower case. */
export interface HttpQuestion {
  readonly method: string;
  readonly path: string;
  readonly headers: ReadonlyMap<string, string>;
  /** Asks the server to leave the connection open. */
  readonly keepAlive: boolean;
}

export interface HttpExchange {
  readonly answer: HttpAnswer;
  /** The error, or the deadline's reason, that ended the answer after its headers; null where it ended well. */
  readonly cut: unknown;
  /** The connection is open and clean, and now the caller's; otherwise it was closed. */
  readonly leftOpen: boolean;
}

/** More interim answers than this before the real one is no HTTP that means well. */
const INTERIM_ANSWERS_MAX = 16;

/**
 * Asks once over an open socket and reads at most 64 KiB of the body. Redirects are not followed, interim answers
 * skipped. Rejects where no final answer's headers came: with the socket's or parser's error, or the deadline's reason.
 */
export function exchange(socket: Socket, question: HttpQuestion, deadline: Deadline): Promise<HttpExchange> {
  const { signal } = deadline;
  return new Promise((resolve, reject) => {
    // No `agent` at all: `agent: false` would make Node ignore createConnection. Without it Node says
    // `Connection: close` unless we say otherwise.
    const request = httpRequest({
      createConnection: () => socket,
      method: question.method,
      path: question.path,
      headers: Object.fromEntries([
        ...question.headers,
        ...(question.keepAlive ? [["connection", "keep-alive"] as const] : []),
      ]),
      setHost: false,
    });
    let interim = 0;
    let whenCut = (error: unknown): void => {
      signal.removeEventListener("abort", abort);
      socket.destroy();
      reject(error);
    };
    const abort = (): void => whenCut(signal.reason);
    const fail = (error: unknown): void => whenCut(error);
    const broken = (what: string): void => fail(Object.assign(new Error(what), { code: "HPE_UNEXPECTED_MESSAGE" }));

    request.on("information", () => {
      deadline.progressed();
      interim += 1;
      if (interim > INTERIM_ANSWERS_MAX) broken("interim answers without end");
    });
    request.on("upgrade", () => broken("the server switched protocols unasked"));
    request.on("error", fail);
    request.on("close", () => fail(Object.assign(new Error("closed without an answer"), { code: "ECONNRESET" })));
    request.on("response", (response) => {
      const read = readBody(response, deadline, (body, complete, cut) => {
        signal.removeEventListener("abort", abort);
        const answer = toAnswer(response, body, complete);
        if (!question.keepAlive || !complete) {
          socket.destroy();
          return resolve({ answer, cut, leftOpen: false });
        }
        // Node lets go of the socket just after the answer's end; one that the server wants closed it has ended itself.
        whenClosed(request, () => {
          const leftOpen = !socket.destroyed && socket.writable && socket.readable;
          if (!leftOpen) socket.destroy();
          resolve({ answer, cut, leftOpen });
        });
      });
      whenCut = read.cut;
    });
    if (signal.aborted) return abort();
    signal.addEventListener("abort", abort, { once: true });
    request.end();
  });
}

function whenClosed(request: ClientRequest, then: () => void): void {
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
  deadline.progressed();
  response.on("data", (chunk: Buffer) => {
    if (ended) return;
    deadline.progressed();
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > BOUNDS.probeBodyReadBytes) end(false, null);
  });
  response.on("end", () => end(true, null));
  response.on("error", (error) => end(false, error));
  return {
    cut(error) {
      // What comes after a whole answer, such as more bytes than its length, is not of it; the end is on its way.
      if (!response.complete || deadline.signal.aborted) end(false, error);
    },
  };
}

function toAnswer(response: IncomingMessage, body: Buffer, complete: boolean): HttpAnswer {
  return {
    status: response.statusCode ?? 0,
    statusText: response.statusMessage ?? "",
    contentType: response.headers["content-type"] ?? "",
    encoding: encodingOf(response.headers["content-encoding"] ?? ""),
    location: response.headers.location ?? "",
    body: body.toString("utf8"),
    complete,
  };
}

/** What the bytes of a body were packed with; empty for nothing. */
function encodingOf(header: string): string {
  const coding = header.trim().toLowerCase();
  return coding === "identity" ? "" : coding;
}
