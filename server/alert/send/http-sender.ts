import { type ClientRequest, type IncomingMessage, request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { BOUNDS } from "../../bounds.ts";
import type { Clock } from "../../clock.ts";
import { limitInterimResponses } from "../../interim-responses.ts";
import type { HttpMessage } from "../channels/channel.ts";
import { toPlainLine } from "../plain-text.ts";
import { classifyStatus, parseRetryAfter, type SendOutcome } from "./outcome.ts";

/** What one request may take, and what it depends on. */
export interface HttpSendOptions {
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly userAgent: string;
  readonly signal: AbortSignal;
  /** Milliseconds to wait that a body names, in the words of the channel. */
  readonly retryAfterMs?: ((body: string) => number | null) | undefined;
  /** Replaces the secrets that a response repeats, before it is cut: a part of one would not be found. */
  readonly redact?: (text: string) => string;
}

/** Sends one POST on a connection of its own, with a deadline for all of it; reads a bounded part of the response. Never rejects. */
export function sendHttp(message: HttpMessage, options: HttpSendOptions): Promise<SendOutcome> {
  const { clock, timeoutMs, userAgent, signal, retryAfterMs, redact = (text) => text } = options;
  const url = URL.parse(message.url);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    return Promise.resolve(failure("the URL of the channel is no http or https URL"));
  }
  return new Promise((resolve) => {
    let request: ClientRequest | null = null;
    const finish = (outcome: SendOutcome): void => {
      cancelDeadline();
      signal.removeEventListener("abort", abort);
      resolve(outcome);
      request?.destroy();
    };
    const abort = (): void => finish(failure("haprobe stops"));
    let atDeadline = failure(`no response within ${timeoutMs} ms`);
    const cancelDeadline = clock.after(timeoutMs, () => finish(atDeadline));
    if (signal.aborted) return abort();
    signal.addEventListener("abort", abort, { once: true });
    try {
      const send = url.protocol === "https:" ? httpsRequest : httpRequest;
      const headers = {
        "user-agent": userAgent,
        ...message.headers,
        "content-length": String(Buffer.byteLength(message.body)),
      };
      request = send(url, { method: "POST", agent: false, headers, maxHeaderSize: BOUNDS.alertResponseHeaderBytes });
      limitInterimResponses(request);
      request.on("error", (error) => finish(failure(error.message)));
      request.on("upgrade", (_response, socket) => {
        socket.destroy();
        finish(failure("HTTP 101"));
      });
      request.on("response", (response) => {
        const { statusCode = 0, headers: received } = response;
        const after = parseRetryAfter(received["retry-after"], clock.wall());
        atDeadline = classifyStatus(statusCode, after, "");
        // The body of a success is not needed; one that does not end would count as a failure.
        if (atDeadline.kind === "sent") return finish(atDeadline);
        void readStart(response).then((body) => {
          const detail = toPlainLine(redact(body), BOUNDS.alertErrorChars);
          finish(classifyStatus(statusCode, after ?? retryAfterMs?.(body) ?? null, detail));
        });
      });
      request.end(message.body);
    } catch (error) {
      // A header with a line break, such as a token from a file with two lines.
      finish(failure(error instanceof Error ? error.message : String(error)));
    }
  });
}

/** The first `alertResponseBytes` of a body; what follows is not read. Never rejects: the status alone decides. */
async function readStart(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of response) {
      chunks.push(chunk as Buffer);
      bytes += (chunk as Buffer).length;
      if (bytes >= BOUNDS.alertResponseBytes) break;
    }
  } catch {
    // The status came, so the receiver has decided.
  }
  return Buffer.concat(chunks).subarray(0, BOUNDS.alertResponseBytes).toString("utf8");
}

function failure(error: string): SendOutcome {
  return { kind: "retry", status: null, error, afterMs: null };
}
