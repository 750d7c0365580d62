import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import type { FaultReporter, InternalFault } from "../contract/ports.ts";
import type { ErrorCode } from "../errors.ts";
import { LogRateLimiter } from "./log-rate-limiter.ts";
import type { Logger } from "./logger.ts";

/** Logs errors of haprobe's own code. */
export interface FaultLog extends FaultReporter {
  /** Logs the last count and ends the timer. */
  stop(): void;
}

/** At most `faultLogLinesPerSecond` lines; further ones are counted in a line of their own. Dropped events are counted by the metrics and the finding `store-behind` alone. */
export function createFaultLog(log: Logger, clock: Clock): FaultLog {
  const budget = new LogRateLimiter(clock, BOUNDS.faultLogLinesPerSecond, (count) => {
    log.error({ event: "lines-suppressed", count }, `${count} more internal errors within this second are not logged`);
  });
  return {
    recordFault({ part, name, error }: InternalFault) {
      if (!budget.tryAcquire()) return;
      const fields = { event: "internal-error", code: "HAPROBE_INTERNAL" satisfies ErrorCode, part, name, err: error };
      log.error(fields, `internal error in ${name === "" ? part : `${part} ${name}`}`);
    },
    recordSinkDrop() {},
    stop: () => budget.stop(),
  };
}
