import { BOUNDS } from "../bounds.ts";

/** Backends to poll before the next regular poll; holds at most the backends requested in the last 10 s. */
export interface EarlyPolls {
  request(backend: string, now: number): void;
  /** The backend that is due first, and its time in monotonic milliseconds; null for none. */
  next(): { readonly backend: string; readonly at: number } | null;
  /** Removes a backend that was polled at `startedAt` with this cost in milliseconds, and delays its next early poll. */
  markPolled(backend: string, startedAt: number, costMs: number): void;
  /** Removes all backends, because a poll of everything includes them. */
  clear(): void;
}

/** Allows one early poll per backend each 150 ms, or each 20 × its cost if that is longer, at most 10 s. */
export function createEarlyPolls(): EarlyPolls {
  const dueAt = new Map<string, number>();
  const notBefore = new Map<string, number>();
  return {
    request(backend, now) {
      if (!dueAt.has(backend)) dueAt.set(backend, Math.max(notBefore.get(backend) ?? now, now));
    },
    next() {
      let next: { backend: string; at: number } | null = null;
      for (const [backend, at] of dueAt) if (next === null || at < next.at) next = { backend, at };
      return next;
    },
    markPolled(backend, startedAt, costMs) {
      dueAt.delete(backend);
      for (const [name, at] of notBefore) if (at <= startedAt) notBefore.delete(name);
      const gapMs = Math.max(BOUNDS.earlyPollEveryMs, BOUNDS.pollThrottleFactor * costMs);
      notBefore.set(backend, startedAt + Math.min(gapMs, BOUNDS.pollEveryMaxMs));
    },
    clear: () => dueAt.clear(),
  };
}
