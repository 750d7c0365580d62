import type { MemberTraffic } from "../contract/incident.ts";
import type { ServerKey } from "../contract/server-key.ts";
import type { BackendView, InstanceInfo } from "../contract/view.ts";
import { type MisroutedTraffic, countMisrouted, startMisrouted } from "../judge/misrouted-traffic.ts";
import type { ServerEntry } from "./server-entry.ts";
import { sampleTraffic } from "./traffic-reading.ts";

/** What incidents have counted so far. */
export interface EarlierTraffic {
  trafficOf(key: ServerKey, now: number): MemberTraffic | null;
}

/**
 * Starts, continues or ends counting the traffic of a server that fails its probes while HAProxy uses it. At
 * its start it goes on from what the server's incident has counted so far.
 */
export function updateMisrouted(
  { key, memory, view, misrouted }: ServerEntry,
  backend: BackendView | null,
  info: InstanceInfo | null,
  incidents: EarlierTraffic,
  now: number,
): MisroutedTraffic | null {
  if (memory === null || memory.disagreement?.verdict !== "false-up") return null;
  const sample = sampleTraffic(view, backend, info, memory.haproxy.epoch);
  // The newest view is older than the failed probe that began the disagreement, so its totals are the baseline.
  return misrouted === null ? startMisrouted(sample, incidents.trafficOf(key, now)) : countMisrouted(misrouted, sample);
}
