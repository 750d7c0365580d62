import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import type { ServerStatus } from "../contract/status.ts";
import type { Engine } from "../engine.ts";
import { formatServer } from "./wait-goal.ts";

/** Some verdicts change with time alone. */
const EVALUATE_EVERY_MS = 100;

/** A wait of less than this is not reported. */
const REPORT_AFTER_MS = 1_000;

/** The longest wait, and whether it includes a detection of findings. */
export interface DecisionWait {
  readonly maxWaitMs: number;
  readonly awaitFindings: boolean;
  /** Receives what is waited for, whenever that changes. */
  readonly onWaiting: (sentence: string) => void;
}

/** Resolves when every instance was polled and every server is decided, at the latest after `maxWaitMs`. */
export function waitUntilDecided(
  engine: Engine,
  clock: Clock,
  { maxWaitMs, awaitFindings, onWaiting }: DecisionWait,
  signal: AbortSignal,
): Promise<void> {
  const startedAt = clock.now();
  const deadline = startedAt + maxWaitMs;
  const findingsMs = awaitFindings ? BOUNDS.findingsEveryMs + BOUNDS.tickEveryMs : 0;
  let decidedAt: number | null = null;
  let reported: string | null = null;
  return new Promise((resolve) => {
    const evaluate = (): void => {
      const now = clock.now();
      const waitingFor = describeUndecided(engine);
      decidedAt = waitingFor === null ? (decidedAt ?? now) : null;
      if (waitingFor !== null && waitingFor !== reported && now - startedAt >= REPORT_AFTER_MS) {
        reported = waitingFor;
        onWaiting(waitingFor);
      }
      if (signal.aborted || now >= deadline || (decidedAt !== null && now - decidedAt >= findingsMs)) resolve();
      // This timer keeps a one-shot process alive.
      else setTimeout(evaluate, EVALUATE_EVERY_MS);
    };
    evaluate();
  });
}

/** What is still undecided: the first instance or server, and how many more; null if nothing is. */
export function describeUndecided({ unpolled, monitor }: Pick<Engine, "unpolled" | "monitor">): string | null {
  const [first, ...others] = unpolled();
  if (first !== undefined) return `the first poll of ${first}${formatMore(others.length)}`;
  const undecided: ServerStatus[] = [];
  for (const server of monitor.live.servers()) if (isUndecided(server)) undecided.push(server);
  const [server] = undecided;
  return server === undefined ? null : `${formatServer(server)}${formatMore(undecided.length - 1)}`;
}

function formatMore(count: number): string {
  return count > 0 ? ` (and ${count} more)` : "";
}

/** True for a verdict that further polls and probes may still change. */
export function isUndecided({ phase, reason }: ServerStatus): boolean {
  if (phase === "suspected" || phase === "settling") return true;
  return reason === "probe-pending" || reason === "haproxy-unverified";
}
