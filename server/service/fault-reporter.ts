import type { Clock } from "../clock.ts";
import type { FaultReporter } from "../contract/ports.ts";
import { createFaultLog } from "../telemetry/fault-log.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { Metrics } from "../telemetry/metrics.ts";

/** Logs and counts the errors of haprobe's own code; the log ends with `started`. */
export function createFaultReporter(
  log: Logger,
  metrics: Metrics,
  clock: Clock,
  started: AsyncDisposableStack,
): FaultReporter {
  const faultLog = createFaultLog(log, clock);
  started.defer(() => faultLog.stop());
  return {
    recordFault(fault) {
      faultLog.recordFault(fault);
      metrics.recordFault(fault);
    },
    recordSinkDrop: (sink) => metrics.recordSinkDrop(sink),
  };
}
