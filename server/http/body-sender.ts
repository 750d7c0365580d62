import type { Request, Response } from "express";
import { Quota } from "../access/quota.ts";
import type { SendingBytes } from "../access/sending-bytes.ts";
import { clientOf } from "../access/client.ts";
import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import type { OnRefused } from "../contract/refusal.ts";
import { runInSlices } from "../slices.ts";
import { createCompressor } from "./compression.ts";
import { sendProblem } from "./problems.ts";
import { cacheControl } from "./security-middleware.ts";

/** Ends responses with bodies of any size; 503 where too many bytes are being sent already. Headers are set before. */
export interface BodySender {
  /** Admits a list that is rendered for one client, until its response ends; false after a 503. */
  admitList(request: Request, response: Response): boolean;
  /** A body that is made for one request, sent as it is. */
  send(request: Request, response: Response, body: Uint8Array): void;
  /** An object as JSON that no cache keeps. */
  sendJson(request: Request, response: Response, body: object): void;
  /** A body that many clients get, compressed where the client accepts it. */
  sendShared(request: Request, response: Response, body: Uint8Array): Promise<void>;
}

/** Makes the sender of one app; `sending` counts the bytes until their response ends. */
export function createBodySender(sending: SendingBytes, clock: Clock, onRefused: OnRefused = () => {}): BodySender {
  const compressor = createCompressor();
  const lists = new Quota(BOUNDS.listsMax);

  function refuse(response: Response, detail: string): void {
    onRefused("response");
    for (const name of ["content-encoding", "etag"]) response.removeHeader(name);
    sendProblem(response.set("retry-after", "5"), 503, detail);
  }

  function send(request: Request, response: Response, bytes: Uint8Array): void {
    response.set("content-length", String(bytes.length));
    if (request.method === "HEAD" || response.destroyed) return void response.end();
    const release = sending.tryTake(clientOf(request).address, bytes);
    if (release === null) return refuse(response, "Too many bytes are being sent; try again.");
    response.once("close", release);
    if (bytes.length < LARGE_BYTES) response.end(bytes);
    // The kernel copies a megabyte in a millisecond, and a hundred clients may get the same body at once.
    else void runInSlices(clock, BOUNDS.sliceMs, endLater(response, bytes));
  }

  return {
    admitList(request, response) {
      // A client that is gone emits no further close, which would release its place.
      if (response.destroyed) return false;
      const release = lists.tryTake(clientOf(request).address);
      if (release === null) refuse(response, "Too many lists are being sent; try again.");
      else response.once("close", release);
      return release !== null;
    },
    send,
    sendJson(request, response, body) {
      response.set("cache-control", cacheControl(response, "no-store")).type("json");
      send(request, response, Buffer.from(JSON.stringify(body)));
    },
    async sendShared(request, response, body) {
      const { bytes, encoding } = await compressor.encode(request, body);
      response.vary("accept-encoding");
      if (encoding !== null) response.set("content-encoding", encoding);
      send(request, response, bytes);
    },
  };
}

/** A smaller body is sent at once. */
const LARGE_BYTES = 64 * 1_024;

/** Not in the first step, which runs whatever the other tasks of this turn have taken. */
function* endLater(response: Response, bytes: Uint8Array): Generator<void, void, void> {
  yield;
  response.end(bytes);
}
