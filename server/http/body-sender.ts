import type { Request, Response } from "express";
import type { SendingBytes } from "../access/sending-bytes.ts";
import { createCompressor } from "./compression.ts";
import { sendProblem } from "./problems.ts";

/** Ends responses with bodies of any size; 503 where too many bytes are being sent already. Headers are set before. */
export interface BodySender {
  /** A body that is made for one request, sent as it is. */
  send(request: Request, response: Response, body: Uint8Array): void;
  /** A body that many clients get, compressed where the client accepts it. */
  sendShared(request: Request, response: Response, body: Uint8Array): Promise<void>;
}

/** Makes the sender of one app; `sending` counts the bytes until their response ends. */
export function createBodySender(sending: SendingBytes): BodySender {
  const compressor = createCompressor();

  function send(request: Request, response: Response, bytes: Uint8Array): void {
    response.set("content-length", String(bytes.length));
    // A client that is gone emits no further close, which would release the bytes.
    if (request.method === "HEAD" || response.destroyed) return void response.end();
    const release = sending.tryTake(request.socket.remoteAddress ?? "", bytes);
    if (release === null) {
      for (const name of ["content-encoding", "etag"]) response.removeHeader(name);
      return sendProblem(response.set("retry-after", "5"), 503, "Too many bytes are being sent; try again.");
    }
    response.once("close", release);
    response.end(bytes);
  }

  return {
    send,
    async sendShared(request, response, body) {
      const { bytes, encoding } = await compressor.encode(request, body);
      response.vary("accept-encoding");
      if (encoding !== null) response.set("content-encoding", encoding);
      send(request, response, bytes);
    },
  };
}
