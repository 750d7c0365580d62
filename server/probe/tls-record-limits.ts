import { BOUNDS } from "../bounds.ts";

const RECORD_HEADER_BYTES = 5;

/**
 * Counts the bytes and TLS records that a server sends, before OpenSSL reads them: session tickets, key updates and
 * empty records cost time and are no part of a response.
 */
export class TlsRecordLimits {
  #bytes = 0;
  #records = 0;
  #isHandshake = true;
  readonly #header = new Uint8Array(RECORD_HEADER_BYTES);
  #headerBytes = 0;
  #payloadLeft = 0;
  readonly #handshakeMaxBytes: number;

  constructor(handshakeMaxBytes: number = BOUNDS.probeHandshakeMaxBytes) {
    this.#handshakeMaxBytes = handshakeMaxBytes;
  }

  /** What follows is no part of the handshake. */
  endHandshake(): void {
    this.#isHandshake = false;
  }

  /** Takes the next received bytes; returns the limit that they exceed, or null. */
  check(chunk: Uint8Array): string | null {
    this.#bytes += chunk.length;
    if (this.#bytes > BOUNDS.probeTlsBytes) return TOO_MANY_BYTES;
    let at = 0;
    while (at < chunk.length) {
      const skipped = Math.min(this.#payloadLeft, chunk.length - at);
      this.#payloadLeft -= skipped;
      at += skipped;
      while (this.#payloadLeft === 0 && this.#headerBytes < RECORD_HEADER_BYTES && at < chunk.length) {
        this.#header[this.#headerBytes] = chunk[at] ?? 0;
        this.#headerBytes += 1;
        at += 1;
      }
      if (this.#headerBytes < RECORD_HEADER_BYTES) continue;
      const [, , , high = 0, low = 0] = this.#header;
      this.#headerBytes = 0;
      this.#payloadLeft = (high << 8) | low;
      this.#records += 1;
      if (this.#records > BOUNDS.probeTlsRecords) return "too many TLS records";
    }
    return this.#isHandshake && this.#bytes > this.#handshakeMaxBytes ? HANDSHAKE_TOO_LONG : null;
  }
}

export const HANDSHAKE_TOO_LONG = "too many bytes of certificates";
export const TOO_MANY_BYTES = "too many bytes below TLS";
export const TOO_MANY_TICKETS = "too many TLS session tickets";
