import { BOUNDS } from "../bounds.ts";

const RESPONSE_TIMES_KEPT = 10;

/** How often an instance may be asked, by what its answers have cost. */
export interface PollThrottle {
  /** An answer took so long, the connecting left out. */
  recordResponse(answerMs: number): void;
  /** Milliseconds from the start of one poll to the start of the next. */
  intervalMs(): number;
}

/**
 * Keeps polling below about 5 % of HAProxy: never sooner than 20 × the smallest of the last ten answer times, which is the
 * one least mixed with other waits, and at most 10 s unless `everyMs` is longer.
 */
export function createPollThrottle(everyMs: number): PollThrottle {
  const answers: number[] = [];
  return {
    recordResponse(answerMs) {
      answers.push(Math.max(0, answerMs));
      if (answers.length > RESPONSE_TIMES_KEPT) answers.shift();
    },
    intervalMs() {
      if (answers.length === 0) return everyMs;
      const polite = Math.min(BOUNDS.pollEveryMaxMs, BOUNDS.pollThrottleFactor * Math.min(...answers));
      return Math.max(everyMs, polite);
    },
  };
}
