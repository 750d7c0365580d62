import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import type { ServerStatus } from "../contract/status.ts";
import type { Engine } from "../engine.ts";

/** Looks again this often: some verdicts ripen with time alone. */
const EVALUATE_EVERY_MS = 100;

/** How long is waited at most, and whether findings are to be looked for once all is decided. */
export interface DecisionWait {
  readonly maxWaitMs: number;
  readonly awaitFindings: boolean;
}

/** Resolves when every instance was tried and every server is decided, at the latest after `maxWaitMs`. */
export function waitUntilDecided(
  engine: Engine,
  clock: Clock,
  patience: DecisionWait,
  signal: AbortSignal,
): Promise<void> {
  const deadline = clock.now() + patience.maxWaitMs;
  const thenMs = patience.awaitFindings ? BOUNDS.findingsEveryMs + BOUNDS.tickEveryMs : 0;
  let decidedAt: number | null = null;
  return new Promise((resolve) => {
    const look = (): void => {
      const now = clock.now();
      decidedAt = isDecided(engine) ? (decidedAt ?? now) : null;
      if (signal.aborted || now >= deadline || (decidedAt !== null && now - decidedAt >= thenMs)) resolve();
      // This wait is what keeps a one-shot process alive.
      else setTimeout(look, EVALUATE_EVERY_MS);
    };
    look();
  });
}

function isDecided({ unpolled: untried, monitor }: Engine): boolean {
  if (untried().length > 0) return false;
  for (const server of monitor.live.servers()) if (isUndecided(server)) return false;
  return true;
}

/** A verdict that the next seconds can still turn. */
function isUndecided({ phase, reason }: ServerStatus): boolean {
  if (phase === "suspected" || phase === "settling") return true;
  return reason === "probe-pending" || reason === "haproxy-unverified";
}
