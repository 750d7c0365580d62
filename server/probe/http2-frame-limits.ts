import { BOUNDS } from "../bounds.ts";

const FRAME_HEADER_BYTES = 9;
const HEADERS = 0x1;
const PUSH_PROMISE = 0x5;
const CONTINUATION = 0x9;

/** Initial SETTINGS_MAX_FRAME_SIZE of RFC 9113, which the client does not raise. */
const FRAME_MAX_BYTES = 16_384;

/**
 * Counts the HTTP/2 frames that a server sends, before nghttp2 reads them: Node aborts the process on an assertion
 * when a header block never ends. A response of one stream has one HEADERS frame, one for trailers, and interim ones.
 */
export class Http2FrameLimits {
  readonly #header = new Uint8Array(FRAME_HEADER_BYTES);
  #headerBytes = 0;
  #payloadLeft = 0;
  #bytes = 0;
  #frames = 0;
  #headerFrames = 0;
  #continuations = 0;

  /** Takes the next received bytes; returns the limit that they exceed, or null. */
  check(chunk: Uint8Array): string | null {
    this.#bytes += chunk.length;
    if (this.#bytes > BOUNDS.probeResponseBytes) return "too many bytes";
    let at = 0;
    while (at < chunk.length) {
      const skipped = Math.min(this.#payloadLeft, chunk.length - at);
      this.#payloadLeft -= skipped;
      at += skipped;
      while (this.#payloadLeft === 0 && this.#headerBytes < FRAME_HEADER_BYTES && at < chunk.length) {
        this.#header[this.#headerBytes] = chunk[at] ?? 0;
        this.#headerBytes += 1;
        at += 1;
      }
      if (this.#headerBytes < FRAME_HEADER_BYTES) continue;
      const exceeded = this.#countFrame();
      if (exceeded !== null) return exceeded;
    }
    return null;
  }

  #countFrame(): string | null {
    const [high = 0, middle = 0, low = 0, type = 0] = this.#header;
    this.#headerBytes = 0;
    this.#payloadLeft = (high << 16) | (middle << 8) | low;
    this.#frames += 1;
    if (this.#payloadLeft > FRAME_MAX_BYTES) return "a frame above 16 KiB";
    if (this.#frames > BOUNDS.probeHttp2Frames) return "too many frames";
    if (type === PUSH_PROMISE) return "a server push, which is disabled";
    if (type === HEADERS) this.#headerFrames += 1;
    if (type === CONTINUATION) this.#continuations += 1;
    if (this.#headerFrames > BOUNDS.interimResponsesMax + 2) return "endless interim responses";
    return this.#continuations > BOUNDS.probeHttp2Continuations ? "an endless header block" : null;
  }
}
