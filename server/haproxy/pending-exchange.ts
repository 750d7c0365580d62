import { BOUNDS } from "../bounds.ts";
import { runInSlices } from "../clock.ts";
import { HaprobeError } from "../errors.ts";
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

/** The chunks of a complete response, and its times. */
interface ReceivedChunks extends Omit<StatsResponse, "bytes"> {
  readonly chunks: readonly Buffer[];
}

/** Starts an exchange with `peer`, the address in error messages. Calls `cleanUp` once when it settles; the timer is cancelled then. */
export function startExchange(peer: string, limits: RequestLimits, cleanUp: () => void): PendingExchange {
  const { clock, timeoutMs, maxBytes, signal } = limits;
  const { promise, resolve, reject } = Promise.withResolvers<ReceivedChunks>();
  const sentAt = clock.now();
  const chunks: Buffer[] = [];
  let connectMs: number | null = null;
  let bytes = 0;
  let cost = 0;
  let isSettled = false;

  const cancelDeadline = clock.after(timeoutMs, () => {
    const progress = connectMs === null ? "not connected" : `connected, ${bytes} bytes received`;
    fail(new HaprobeError("HAPROBE_STATS_TIMED_OUT", `${peer}: no response within ${timeoutMs} ms (${progress})`));
  });
  const onAbort = (): void => fail(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });

  return {
    response: promise.then(async ({ chunks: received, ...times }) => {
      return { ...times, bytes: await runInSlices(clock, BOUNDS.parseSliceMs, joinChunks(received)) };
    }),
    markConnected() {
      connectMs = clock.now() - sentAt;
    },
    addChunk(chunk) {
      if (isSettled) return;
      bytes += chunk.length;
      // A buffer of one byte needs more memory than its byte.
      cost += Math.max(chunk.length, BOUNDS.pollChunkCostBytes);
      if (cost > maxBytes) fail(tooLargeError(peer, maxBytes));
      else chunks.push(chunk);
    },
    bytes: () => bytes,
    complete() {
      if (settle()) resolve({ chunks, connectMs: connectMs ?? 0, sentAt, receivedAt: clock.now() });
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

/** Copies the chunks into one buffer; yields after each MiB. */
function* joinChunks(chunks: readonly Buffer[]): Generator<void, Buffer, void> {
  const bytes = Buffer.allocUnsafeSlow(chunks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  let yieldAt: number = BOUNDS.searchStepBytes;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
    if (at < yieldAt) continue;
    yieldAt = at + BOUNDS.searchStepBytes;
    yield;
  }
  return bytes;
}
