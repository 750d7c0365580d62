import { BOUNDS } from "../bounds.ts";
import { HaprobeError } from "../errors.ts";
import { runInSlices } from "../slices.ts";
import type { RequestLimits, StatsResponse } from "./stats-source.ts";

/** One request in flight; settles once, by its response, an error, the deadline or the signal. */
export interface PendingExchange {
  readonly response: Promise<StatsResponse>;
  /** Records that the connection is established, TLS included. */
  markConnected(): void;
  /** Adds a chunk of the response; fails the exchange once the chunks exceed the limit. */
  addChunk(chunk: Buffer): void;
  /** Bytes of the response received so far. */
  bytes(): number;
  /** Resolves the response with the chunks received so far. */
  complete(): void;
  fail(reason: unknown): void;
}

/** Starts an exchange with `peer`, the address in error messages. Calls `cleanUp` once when it settles; the timer is cancelled then. */
export function startExchange(peer: string, limits: RequestLimits, cleanUp: () => void): PendingExchange {
  const { clock, timeoutMs, maxBytes, signal } = limits;
  const { promise, resolve, reject } = Promise.withResolvers<StatsResponse>();
  const sentAt = clock.now();
  const received = new ResponseBytes(maxBytes);
  let connectMs: number | null = null;
  let cost = 0;
  let isSettled = false;

  const cancelDeadline = clock.after(timeoutMs, () => {
    const progress = connectMs === null ? "not connected" : `connected, ${received.length} bytes received`;
    fail(new HaprobeError("HAPROBE_STATS_TIMED_OUT", `${peer}: no response within ${timeoutMs} ms (${progress})`));
  });
  const onAbort = (): void => fail(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });

  return {
    response: promise,
    markConnected() {
      connectMs = clock.now() - sentAt;
    },
    addChunk(chunk) {
      if (isSettled) return;
      // A buffer of one byte needs more memory than its byte.
      cost += Math.max(chunk.length, BOUNDS.pollChunkCostBytes);
      if (cost > maxBytes) fail(tooLargeError(peer, maxBytes));
      else received.add(chunk);
    },
    bytes: () => received.length,
    complete() {
      if (!settle()) return;
      const receivedAt = clock.now();
      runInSlices(clock, BOUNDS.sliceMs, received.toBuffer()).then((bytes) => {
        resolve({ bytes, connectMs: connectMs ?? 0, sentAt, receivedAt });
      }, reject);
    },
    fail,
  };

  function fail(reason: unknown): void {
    if (settle()) reject(reason);
  }

  function settle(): boolean {
    if (isSettled) return false;
    isSettled = true;
    cancelDeadline();
    signal.removeEventListener("abort", onAbort);
    cleanUp();
    return true;
  }
}

export function tooLargeError(peer: string, maxBytes: number): HaprobeError {
  return new HaprobeError("HAPROBE_STATS_TOO_LARGE", `${peer}: the response is larger than ${maxBytes} bytes`);
}

/** Collects the chunks of a response of at most `maxBytes`. */
class ResponseBytes {
  readonly #maxBytes: number;
  readonly #chunks: Buffer[] = [];
  /** A large response is copied as it arrives, so that its chunks are freed early; null for a small one. */
  #large: Buffer | null = null;
  /** Earlier parts that are not in the large buffer yet, and how far it has them: a chunk has twice its bytes copied. */
  #earlier: Buffer[] = [];
  #copied = 0;
  length = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  add(chunk: Buffer): void {
    const end = this.length + chunk.length;
    if (end < BOUNDS.pollLargeResponseBytes) this.#chunks.push(chunk);
    else {
      const large = this.#reserve(end);
      large.set(chunk, this.length);
      this.#copyEarlier(large, 2 * chunk.length);
    }
    this.length = end;
  }

  *toBuffer(): Generator<void, Buffer, void> {
    const large = this.#large;
    if (large === null) return Buffer.concat(this.#chunks, this.length);
    for (; this.#earlier.length > 0; yield) this.#copyEarlier(large, BOUNDS.searchStepBytes);
    return large.subarray(0, this.length);
  }

  /** The buffer of a large response with room for these bytes; it doubles. */
  #reserve(bytes: number): Buffer {
    const large = this.#large;
    if (large !== null && bytes <= large.length) return large;
    if (large !== null) this.#copyEarlier(large, this.length);
    const next = Buffer.allocUnsafeSlow(Math.max(bytes, Math.min(2 * this.length, this.#maxBytes)));
    this.#earlier = large === null ? this.#chunks.splice(0) : [large.subarray(0, this.length)];
    this.#copied = 0;
    this.#large = next;
    return next;
  }

  #copyEarlier(large: Buffer, bytes: number): void {
    const end = this.#copied + bytes;
    for (let part = this.#earlier[0]; part !== undefined && this.#copied < end; part = this.#earlier[0]) {
      const step = part.subarray(0, end - this.#copied);
      large.set(step, this.#copied);
      this.#copied += step.length;
      if (step.length < part.length) this.#earlier[0] = part.subarray(step.length);
      else this.#earlier.shift();
    }
  }
}
