import type { InstanceStatus, ServerStatus } from "../../server/contract/status.ts";
import { VANTAGE_SILENT_AFTER_MS } from "./vantage-text.ts";

/** Age in milliseconds above which a probe's result is marked as old. */
export const PROBE_STALE_AFTER_MS = 15_000;

/** Age in milliseconds above which an instance's values are marked as old: three poll intervals, plus the delay of batched messages. */
export function haproxyStaleAfterMs({ everyMs, reportedBy }: Pick<InstanceStatus, "everyMs" | "reportedBy">): number {
  // A hub hears of it with the heartbeats of its vantage.
  if (reportedBy !== undefined) return VANTAGE_SILENT_AFTER_MS;
  return Math.max(5_000, 3 * everyMs) + 2_000;
}

/** Age in milliseconds above which counters of a row are marked as old; those of a large fleet come in turn. */
export function countersStaleAfterMs(instance: Parameters<typeof haproxyStaleAfterMs>[0]): number {
  return Math.max(PROBE_STALE_AFTER_MS, haproxyStaleAfterMs(instance));
}

/** When the newest probe result of these servers was measured, of those that this haprobe probes itself; null without one. Times of haprobe sort as text. */
export function latestProbeAt(servers: readonly ServerStatus[]): number | null {
  let newest = "";
  for (const { probe, probes } of servers) {
    if (probes.length === 0 && probe.at !== null && probe.at > newest) newest = probe.at;
  }
  return newest === "" ? null : Date.parse(newest);
}
