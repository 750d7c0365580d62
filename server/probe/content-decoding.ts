import { brotliDecompressSync, constants, gunzipSync, inflateSync, zstdDecompressSync } from "node:zlib";
import { BOUNDS } from "../bounds.ts";

/** A compressed body of at most `BOUNDS.probeBodyReadBytes` may become so much larger. */
const OUTPUT_MAX_BYTES = 4 * BOUNDS.probeBodyReadBytes;

const { Z_SYNC_FLUSH, BROTLI_OPERATION_FLUSH, ZSTD_e_flush } = constants;

/** Decompresses a body, which may be truncated; null for an unknown coding or invalid data. */
export function decodeContent(coding: string, body: Buffer): Buffer | "too-large" | null {
  const maxOutputLength = OUTPUT_MAX_BYTES;
  try {
    switch (coding) {
      case "gzip":
      case "x-gzip":
        return gunzipSync(body, { maxOutputLength, finishFlush: Z_SYNC_FLUSH });
      case "deflate":
        return inflateSync(body, { maxOutputLength, finishFlush: Z_SYNC_FLUSH });
      case "br":
        return brotliDecompressSync(body, { maxOutputLength, finishFlush: BROTLI_OPERATION_FLUSH });
      case "zstd":
        return zstdDecompressSync(body, { maxOutputLength, finishFlush: ZSTD_e_flush });
      default:
        return null;
    }
  } catch (error) {
    return error instanceof RangeError ? "too-large" : null;
  }
}
