import type { IncomingMessage } from "node:http";
import { promisify } from "node:util";
import { brotliDecompress, gunzip, zstdDecompress } from "node:zlib";
import { BOUNDS } from "../bounds.ts";

const LIMITS = { maxOutputLength: BOUNDS.ingestUnpackedMaxBytes };
type Unpack = (bytes: Buffer, limits: typeof LIMITS) => Promise<Buffer>;
const UNPACK: ReadonlyMap<string, Unpack> = new Map<string, Unpack>([
  ["gzip", promisify(gunzip)],
  ["br", promisify(brotliDecompress)],
  ["zstd", promisify(zstdDecompress)],
  ["identity", (bytes) => Promise.resolve(bytes)],
]);

/** The bytes of a request's body, unpacked; or the status and sentence of the refusal. */
export type UnpackedBody =
  | { readonly ok: true; readonly bytes: Buffer }
  | { readonly ok: false; readonly status: number; readonly detail: string };

/** Reads at most `ingestMaxBytes`, which unpacked are at most `ingestUnpackedMaxBytes`. */
export async function readUnpacked(request: IncomingMessage): Promise<UnpackedBody> {
  const encoding = request.headers["content-encoding"] ?? "identity";
  const unpack = UNPACK.get(encoding);
  if (unpack === undefined) return refuse(415, "The body's encoding is gzip, br or zstd.");
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > BOUNDS.ingestMaxBytes) return refuse(413, `A request has at most ${BOUNDS.ingestMaxBytes} bytes.`);
    chunks.push(chunk as Buffer);
  }
  try {
    const bytes = await unpack(Buffer.concat(chunks), LIMITS);
    if (bytes.length <= BOUNDS.ingestUnpackedMaxBytes) return { ok: true, bytes };
    return refuse(413, TOO_LARGE);
  } catch (error) {
    const isTooLarge = (error as { code?: unknown }).code === "ERR_BUFFER_TOO_LARGE";
    return isTooLarge ? refuse(413, TOO_LARGE) : refuse(400, "The body cannot be unpacked.");
  }
}

const TOO_LARGE = `Unpacked, a request has at most ${BOUNDS.ingestUnpackedMaxBytes} bytes.`;

function refuse(status: number, detail: string): UnpackedBody {
  return { ok: false, status, detail };
}
