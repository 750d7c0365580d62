import { BOUNDS } from "../bounds.ts";

const COSTS_KEPT = 10;

/** Poll interval of one instance, derived from the cost of its polls. */
export interface PollThrottle {
  /** Records the cost of a poll in milliseconds: its response time without connecting, or its parse time if that is longer; of all its requests. */
  recordCost(costMs: number): void;
  /** Adds to the poll that was recorded last what applying its answer took. */
  addToLast(costMs: number): void;
  /** Milliseconds from the start of one poll to the start of the next. */
  intervalMs(): number;
}

/**
 * Keeps polling below about 5 % of HAProxy and of this process: the interval is at least 20 × the smallest of the last ten
 * costs, and at most 10 s unless `everyMs` is longer. The smallest is the one least affected by other delays.
 */
export function createPollThrottle(everyMs: number): PollThrottle {
  const costs: number[] = [];
  return {
    recordCost(costMs) {
      costs.push(Math.max(0, costMs));
      if (costs.length > COSTS_KEPT) costs.shift();
    },
    addToLast(costMs) {
      const last = costs.pop();
      if (last !== undefined) costs.push(last + Math.max(0, costMs));
    },
    intervalMs() {
      if (costs.length === 0) return everyMs;
      const throttled = Math.min(BOUNDS.pollEveryMaxMs, BOUNDS.pollThrottleFactor * Math.min(...costs));
      return Math.max(everyMs, throttled);
    },
  };
}
