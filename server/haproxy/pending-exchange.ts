import { HaprobeError } from "../errors.ts";
import type { RequestLimits } from "./stats-source.ts";

/** One try at one exchange: it ends once, by its result, its deadline or the signal. */
export interface PendingExchange<T> {
  readonly promise: Promise<T>;
  readonly sentAt: number;
  /** The connection is ready to be written to. */
  markConnected(): void;
  connectMs(): number;
  /** So many bytes came; false once that is more than the limit, which ends the attempt. */
  addReceived(bytes: number): boolean;
  bytes(): number;
  succeed(value: T): void;
  fail(reason: unknown): void;
}

/**
 * Begins an attempt with `where`, the other side in messages. `cleanUp` is called once, however it ends, after which no
 * timer is left.
 */
export function startExchange<T>(where: string, limits: RequestLimits, cleanUp: () => void): PendingExchange<T> {
  const { clock, timeoutMs, maxBytes, signal } = limits;
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const sentAt = clock.now();
  let connectMs: number | null = null;
  let bytes = 0;
  let ended = false;

  const cancelDeadline = clock.after(timeoutMs, () => {
    const progress = connectMs === null ? "not even connected" : `connected, ${bytes} bytes received`;
    fail(new HaprobeError("HAPROBE_STATS_TIMED_OUT", `${where} gave no answer within ${timeoutMs} ms (${progress})`));
  });
  const aborted = (): void => fail(signal.reason);
  signal.addEventListener("abort", aborted, { once: true });

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
      fail(new HaprobeError("HAPROBE_STATS_TOO_LARGE", `the answer of ${where} is larger than ${maxBytes} bytes`));
      return false;
    },
    bytes: () => bytes,
    succeed(value) {
      if (end()) resolve(value);
    },
    fail,
  };

  function fail(reason: unknown): void {
    if (end()) reject(reason);
  }

  function end(): boolean {
    if (ended) return false;
    ended = true;
    cancelDeadline();
    signal.removeEventListener("abort", aborted);
    cleanUp();
    return true;
  }
}
