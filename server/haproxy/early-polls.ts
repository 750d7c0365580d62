import { BOUNDS } from "../bounds.ts";

/** Backends that somebody wants to hear of before the next poll is due. Holds at most what was asked for in the last seconds. */
export interface EarlyPolls {
  request(backend: string, now: number): void;
  /** The backend whose turn is next, and when. */
  next(): { readonly backend: string; readonly at: number } | null;
  /** It was asked about at `startedAt`, and HAProxy needed so long for the answer. */
  markPolled(backend: string, startedAt: number, answerMs: number): void;
  /** A poll of everything answers all of them. */
  clear(): void;
}

/** At most one kick poll each 150 ms per backend, and for a backend with thousands of servers as seldom as its cost asks for. */
export function createEarlyPolls(): EarlyPolls {
  const waiting = new Map<string, number>();
  const notBefore = new Map<string, number>();
  return {
    request(backend, now) {
      for (const [name, at] of notBefore) if (at <= now) notBefore.delete(name);
      if (!waiting.has(backend)) waiting.set(backend, notBefore.get(backend) ?? now);
    },
    next() {
      let next: { backend: string; at: number } | null = null;
      for (const [backend, at] of waiting) if (next === null || at < next.at) next = { backend, at };
      return next;
    },
    markPolled(backend, startedAt, answerMs) {
      waiting.delete(backend);
      const gapMs = Math.max(BOUNDS.earlyPollEveryMs, BOUNDS.pollThrottleFactor * answerMs);
      notBefore.set(backend, startedAt + Math.min(gapMs, BOUNDS.pollEveryMaxMs));
    },
    clear: () => waiting.clear(),
  };
}
