import type { BackendView } from "../contract/view.ts";
import { type MisroutedTraffic, startMisrouted, countMisrouted } from "../judge/misrouted-traffic.ts";
import type { ServerEntry } from "./server-entry.ts";

/** Starts, continues or ends counting the traffic of a server that fails its probes while HAProxy uses it. */
export function updateMisrouted(
  { memory, view, misrouted }: ServerEntry,
  backend: BackendView | null,
): MisroutedTraffic | null {
  if (memory === null || memory.disagreement?.verdict !== "false-up") return null;
  const server = view.sessionsTotal ?? 0;
  const all = backend?.sessionsTotal ?? server;
  // The newest view is older than the failed probe that began the disagreement, so its totals are the baseline.
  if (misrouted === null) return startMisrouted(memory.disagreement.beganAt, memory.haproxy.epoch, server, all);
  return countMisrouted(misrouted, memory.haproxy.epoch, server, all);
}
