import type { ProbeResult } from "../contract/probe-result.ts";
import type { Dispute, ServerMemory } from "./memory.ts";
import { watchTraffic } from "./observe-view.ts";

/** Begins, carries on or ends the disagreement, as belief and opinion now stand. */
export function updateDispute(memory: ServerMemory): ServerMemory {
  const { belief, opinion, failure, result } = memory;
  if (belief.kind === "up" && opinion.kind === "failed" && failure !== null) {
    const dispute = disputeUp(memory, failure);
    if (dispute === memory.dispute) return memory;
    const begins = memory.dispute?.side !== "false-up" || memory.traffic === null;
    const traffic = begins && memory.counters !== null ? watchTraffic(memory.counters, memory.viewAt) : memory.traffic;
    return { ...memory, dispute, traffic };
  }
  if (belief.kind === "down" && opinion.kind === "passed" && result !== null) {
    if (memory.dispute?.side === "false-down") return memory;
    const beganAt = Math.max(result.sentAt, memory.changedAt);
    const dispute: Dispute = {
      side: "false-down",
      beganAt,
      stage: null,
      stageSince: beganAt,
      drainingSince: null,
      startingSince: null,
    };
    return { ...memory, dispute, traffic: null };
  }
  return memory.dispute === null ? memory : { ...memory, dispute: null, traffic: null };
}

function disputeUp(memory: ServerMemory, failure: ProbeResult): Dispute {
  const before = memory.dispute?.side === "false-up" ? memory.dispute : null;
  const now = Math.max(failure.sentAt, memory.changedAt);
  const stageSince = before !== null && before.stage === failure.stage ? before.stageSince : now;
  const drainingSince = isDraining(failure) ? (before?.drainingSince ?? now) : null;
  const startingSince = before?.startingSince ?? (isStarting(memory, failure) ? now : null);
  if (
    before &&
    before.stageSince === stageSince &&
    before.drainingSince === drainingSince &&
    before.startingSince === startingSince
  ) {
    return before;
  }
  const beganAt = before?.beganAt ?? now;
  return { side: "false-up", beganAt, stage: failure.stage, stageSince, drainingSince, startingSince };
}

/** `/readyz` of an apiserver that was told to stop: it says so before it closes its port. */
export function isDraining(failure: ProbeResult): boolean {
  return failure.failing.length === 1 && failure.failing[0] === "shutdown";
}

/** It answers, and it was just not there or still runs its start-up hooks. */
export function isStarting(memory: ServerMemory, failure: ProbeResult): boolean {
  if (failure.httpStatus === null || failure.httpStatus < 400) return false;
  return memory.wasAway || failure.failing.some((name) => name.startsWith("poststarthook/"));
}
