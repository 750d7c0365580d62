import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import { LogRateLimiter } from "../telemetry/log-rate-limiter.ts";
import type { Logger } from "../telemetry/logger.ts";

/** Logs errors of requests within a budget; the budget ends with `started`. */
export function createRequestErrorLog(
  log: Logger,
  clock: Clock,
  started: AsyncDisposableStack,
): (error: unknown) => void {
  const budget = new LogRateLimiter(clock, BOUNDS.requestLogLinesPerSecond, (count) =>
    log.error({ event: "request-failed", count }, "further requests failed by a fault of haprobe"),
  );
  started.defer(() => budget.stop());
  return (error) => {
    if (budget.tryAcquire())
      log.error({ event: "request-failed", err: error }, "a request failed by a fault of haprobe");
  };
}
