import { BOUNDS } from "../bounds.ts";
import type { Assignment } from "../contract/target.ts";
import type { ServerMemory } from "./server-memory.ts";

/** True where no result came for three intervals and one timeout: this machine sends no probes that end. */
export function isProbeStale(memory: ServerMemory, assignment: Assignment, pausedUntil: number, now: number): boolean {
  const { probe, haproxy } = memory;
  if (assignment.kind === "none" || probe.result === null || haproxy.belief.kind === "off") return false;
  // A server out of service is probed rarely, and a process that stood still sends nothing.
  const since = Math.max(probe.result.endedAt, haproxy.beliefChangedAt, pausedUntil);
  const { everyMs, timeoutMs } = assignment.target;
  const intervalMs = Math.max(everyMs, probe.result.everyMs ?? 0);
  return now - since > BOUNDS.probeStaleIntervals * intervalMs + timeoutMs;
}
