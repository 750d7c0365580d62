import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import type { Request } from "express";
import { BOUNDS } from "../bounds.ts";

/** A smaller response fits into one packet anyway. */
const COMPRESSION_MIN_BYTES = 1_024;
// Middle levels take tens of milliseconds of a pool thread for some megabytes of JSON.
const BROTLI_QUALITY = 6;
const GZIP_LEVEL = 5;

const runGzip = promisify(gzip);
const runBrotli = promisify(brotliCompress);

export type Encoding = "br" | "gzip";

/** A body as it is sent; `encoding` is null for the body itself. */
export interface EncodedBody {
  readonly bytes: Uint8Array;
  readonly encoding: Encoding | null;
}

/** Compresses bodies that many clients ask for. */
export interface Compressor {
  /**
   * The body in the best encoding that the client accepts, compressed once for all clients while the body lives. It
   * stays as it is where `compressionsMax` others are being compressed: probes resolve names on the same thread pool.
   */
  encode(request: Request, body: Uint8Array): Promise<EncodedBody>;
}

/** Makes the compressor of one app. */
export function createCompressor(): Compressor {
  const known = new WeakMap<Uint8Array, Map<Encoding, Promise<Uint8Array>>>();
  let running = 0;

  async function compress(body: Uint8Array, encoding: Encoding): Promise<Uint8Array> {
    running += 1;
    try {
      return await (encoding === "gzip" ? runGzip(body, { level: GZIP_LEVEL }) : runBrotli(body, brotliOptions(body)));
    } finally {
      running -= 1;
    }
  }

  return {
    async encode(request, body) {
      const encoding = chooseEncoding(request, body.length);
      if (encoding === null) return { bytes: body, encoding };
      const made = known.get(body) ?? new Map<Encoding, Promise<Uint8Array>>();
      known.set(body, made);
      let bytes = made.get(encoding);
      if (bytes === undefined) {
        if (running >= BOUNDS.compressionsMax) return { bytes: body, encoding: null };
        made.set(encoding, (bytes = compress(body, encoding)));
      }
      return { bytes: await bytes, encoding };
    },
  };
}

function chooseEncoding(request: Request, bytes: number): Encoding | null {
  if (bytes < COMPRESSION_MIN_BYTES) return null;
  const chosen = request.acceptsEncodings(["br", "gzip"]);
  return chosen === "br" || chosen === "gzip" ? chosen : null;
}

function brotliOptions(body: Uint8Array): Parameters<typeof runBrotli>[1] {
  return {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY,
      [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
      [constants.BROTLI_PARAM_SIZE_HINT]: body.length,
    },
  };
}
