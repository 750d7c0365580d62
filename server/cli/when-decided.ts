import type { Clock } from "../clock.ts";
import type { ServerStatus } from "../contract/status.ts";
import type { Monitor } from "../monitor/monitor.ts";

/** Looks again this often: some verdicts ripen with time alone. */
const LOOK_EVERY_MS = 100;

/** Resolves when every instance was tried and every server is decided, at the latest after `maxWaitMs`. */
export function whenDecided(monitor: Monitor, clock: Clock, maxWaitMs: number, signal: AbortSignal): Promise<void> {
  const deadline = clock.now() + maxWaitMs;
  return new Promise((resolve) => {
    const look = (): void => {
      if (signal.aborted || clock.now() >= deadline || isDecided(monitor)) resolve();
      // This wait is what keeps a one-shot process alive.
      else setTimeout(look, LOOK_EVERY_MS);
    };
    look();
  });
}

function isDecided(monitor: Monitor): boolean {
  if (monitor.untried().length > 0) return false;
  for (const server of monitor.live.servers()) if (isOpen(server)) return false;
  return true;
}

/** A verdict that the next seconds can still turn. */
function isOpen({ phase, reason }: ServerStatus): boolean {
  if (phase === "suspected" || phase === "settling") return true;
  return reason === "probe-pending" || reason === "haproxy-unverified";
}
