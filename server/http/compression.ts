import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import type { Request, Response } from "express";

/** A smaller response fits into one packet anyway. */
const COMPRESSION_MIN_BYTES = 1_024;
// Middle levels take tens of milliseconds of a pool thread for some megabytes of JSON.
const BROTLI_QUALITY = 6;
const GZIP_LEVEL = 5;

const runGzip = promisify(gzip);
const runBrotli = promisify(brotliCompress);

export type Encoding = "br" | "gzip" | "identity";

/** The best encoding that the client accepts for a body of `bytes`. */
export function chooseEncoding(request: Request, bytes: number): Encoding {
  if (bytes < COMPRESSION_MIN_BYTES) return "identity";
  const chosen = request.acceptsEncodings(["br", "gzip"]);
  return chosen === "br" || chosen === "gzip" ? chosen : "identity";
}

/** Encodes the body on a pool thread. */
export function encode(body: Uint8Array, encoding: Encoding): Promise<Uint8Array> {
  switch (encoding) {
    case "br":
      return runBrotli(body, {
        params: {
          [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY,
          [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
          [constants.BROTLI_PARAM_SIZE_HINT]: body.length,
        },
      });
    case "gzip":
      return runGzip(body, { level: GZIP_LEVEL });
    case "identity":
      return Promise.resolve(body);
    default:
      return encoding satisfies never;
  }
}

/** Ends the response with an encoded body; `content-type` and the rest are already set. */
export function sendEncoded(response: Response, body: Uint8Array, encoding: Encoding): void {
  response.vary("accept-encoding");
  if (encoding !== "identity") response.set("content-encoding", encoding);
  response.set("content-length", String(body.length));
  response.end(response.req.method === "HEAD" ? undefined : body);
}

/** Compresses a body that is asked for once, and ends the response with it. */
export async function sendCompressed(request: Request, response: Response, body: Uint8Array): Promise<void> {
  const encoding = chooseEncoding(request, body.length);
  sendEncoded(response, await encode(body, encoding), encoding);
}
