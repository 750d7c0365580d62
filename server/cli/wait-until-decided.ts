import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import type { ServerStatus } from "../contract/status.ts";
import type { Engine } from "../engine.ts";

/** Some verdicts change with time alone. */
const EVALUATE_EVERY_MS = 100;

/** The longest wait, and whether it includes a detection of findings. */
export interface DecisionWait {
  readonly maxWaitMs: number;
  readonly awaitFindings: boolean;
}

/** Resolves when every instance was polled and every server is decided, at the latest after `maxWaitMs`. */
export function waitUntilDecided(
  engine: Engine,
  clock: Clock,
  { maxWaitMs, awaitFindings }: DecisionWait,
  signal: AbortSignal,
): Promise<void> {
  const deadline = clock.now() + maxWaitMs;
  const findingsMs = awaitFindings ? BOUNDS.findingsEveryMs + BOUNDS.tickEveryMs : 0;
  let decidedAt: number | null = null;
  return new Promise((resolve) => {
    const evaluate = (): void => {
      const now = clock.now();
      decidedAt = isDecided(engine) ? (decidedAt ?? now) : null;
      if (signal.aborted || now >= deadline || (decidedAt !== null && now - decidedAt >= findingsMs)) resolve();
      // This timer keeps a one-shot process alive.
      else setTimeout(evaluate, EVALUATE_EVERY_MS);
    };
    evaluate();
  });
}

function isDecided({ unpolled, monitor }: Engine): boolean {
  if (unpolled().length > 0) return false;
  for (const server of monitor.live.servers()) if (isUndecided(server)) return false;
  return true;
}

/** True for a verdict that further polls and probes may still change. */
export function isUndecided({ phase, reason }: ServerStatus): boolean {
  if (phase === "suspected" || phase === "settling") return true;
  return reason === "probe-pending" || reason === "haproxy-unverified";
}
