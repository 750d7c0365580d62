import type { BackendView } from "../contract/view.ts";
import { type MisroutedTraffic, startMisrouted, countMisrouted } from "../judge/misrouted-traffic.ts";
import type { ServerEntry } from "./server-entry.ts";

/** Begins, carries on or ends the count of what goes into a server that fails its probes while HAProxy has it up. */
export function updateMisrouted(
  { memory, view, misrouted: blast }: ServerEntry,
  backend: BackendView | null,
): MisroutedTraffic | null {
  if (memory === null || memory.disagreement?.verdict !== "false-up") return null;
  const server = view.sessionsTotal ?? 0;
  const all = backend?.sessionsTotal ?? server;
  // The newest view is older than the failed probe that began the dispute: it is the baseline.
  if (blast === null) return startMisrouted(memory.disagreement.beganAt, memory.haproxy.epoch, server, all);
  return countMisrouted(blast, memory.haproxy.epoch, server, all);
}
