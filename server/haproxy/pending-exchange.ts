import { HaprobeError } from "../errors.ts";
import type { RequestLimits } from "./stats-source.ts";

/** One request in flight; settles once, by its result, an error, the deadline or the signal. */
export interface PendingExchange<T> {
  readonly promise: Promise<T>;
  /** Monotonic milliseconds. */
  readonly sentAt: number;
  /** Records that the connection is established, TLS included. */
  markConnected(): void;
  connectMs(): number;
  /** Counts received bytes; fails the exchange and returns false once they exceed the limit. */
  addReceived(bytes: number): boolean;
  bytes(): number;
  succeed(value: T): void;
  fail(reason: unknown): void;
}

/** Starts an exchange with `peer`, the address in error messages. Calls `cleanUp` once when it settles; the timer is cancelled then. */
export function startExchange<T>(peer: string, limits: RequestLimits, cleanUp: () => void): PendingExchange<T> {
  const { clock, timeoutMs, maxBytes, signal } = limits;
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const sentAt = clock.now();
  let connectMs: number | null = null;
  let bytes = 0;
  let isSettled = false;

  const cancelDeadline = clock.after(timeoutMs, () => {
    const progress = connectMs === null ? "not connected" : `connected, ${bytes} bytes received`;
    fail(new HaprobeError("HAPROBE_STATS_TIMED_OUT", `${peer}: no response within ${timeoutMs} ms (${progress})`));
  });
  const onAbort = (): void => fail(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });

  return {
    promise,
    sentAt,
    markConnected() {
      connectMs = clock.now() - sentAt;
    },
    connectMs: () => connectMs ?? 0,
    addReceived(more) {
      bytes += more;
      if (bytes <= maxBytes) return true;
      fail(new HaprobeError("HAPROBE_STATS_TOO_LARGE", `${peer}: the response is larger than ${maxBytes} bytes`));
      return false;
    },
    bytes: () => bytes,
    succeed(value) {
      if (settle()) resolve(value);
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
