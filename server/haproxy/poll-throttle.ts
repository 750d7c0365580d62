import { BOUNDS } from "../bounds.ts";

const RESPONSE_TIMES_KEPT = 10;

/** Poll interval of one instance, derived from its response times. */
export interface PollThrottle {
  /** Records a response time in milliseconds, without the time to connect. */
  recordResponse(responseMs: number): void;
  /** Milliseconds from the start of one poll to the start of the next. */
  intervalMs(): number;
}

/**
 * Keeps polling below about 5 % of HAProxy: the interval is at least 20 × the smallest of the last ten response times,
 * and at most 10 s unless `everyMs` is longer. The smallest is the one least affected by other delays.
 */
export function createPollThrottle(everyMs: number): PollThrottle {
  const responses: number[] = [];
  return {
    recordResponse(responseMs) {
      responses.push(Math.max(0, responseMs));
      if (responses.length > RESPONSE_TIMES_KEPT) responses.shift();
    },
    intervalMs() {
      if (responses.length === 0) return everyMs;
      const throttled = Math.min(BOUNDS.pollEveryMaxMs, BOUNDS.pollThrottleFactor * Math.min(...responses));
      return Math.max(everyMs, throttled);
    },
  };
}
