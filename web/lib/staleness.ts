import type { InstanceStatus } from "../../server/contract/status.ts";

/** Age in milliseconds above which a probe's result is marked as old. */
export const PROBE_STALE_AFTER_MS = 15_000;

/** Age in milliseconds above which an instance's values are marked as old: three poll intervals, plus the delay of batched messages. */
export function haproxyStaleAfterMs({ everyMs }: Pick<InstanceStatus, "everyMs">): number {
  return Math.max(5_000, 3 * everyMs) + 2_000;
}
