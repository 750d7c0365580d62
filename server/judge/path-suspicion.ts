import type { ProbeResult } from "../contract/probe-result.ts";
import type { ProbeMemory } from "./server-memory.ts";

/** True for a failure that a fault between this machine and the server looks like as well. */
export function mayBePathFault(failure: ProbeResult): boolean {
  return failure.stage === "connect" || (failure.stage === "tls" && failure.kind === "timed-out");
}

/** True where our own path may be at fault for the failure. A handshake that began to time out right after a pass is the server's. */
export function isPathSuspect({ failure, failedSoonAfterPass }: ProbeMemory): boolean {
  if (failure === null || !mayBePathFault(failure)) return false;
  return failure.stage === "connect" || !failedSoonAfterPass;
}
