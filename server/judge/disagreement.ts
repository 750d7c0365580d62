import type { ProbeResult } from "../contract/probe-result.ts";
import type { Disagreement, ServerMemory } from "./server-memory.ts";
import { startClientTraffic } from "./observe-view.ts";

/** Begins, carries on or ends the disagreement, as belief and opinion now stand. */
export function updateDisagreement(memory: ServerMemory): ServerMemory {
  const { belief, assessment: opinion, failure, result } = memory;
  if (belief.kind === "up" && opinion.kind === "failed" && failure !== null) {
    const dispute = updateFalseUp(memory, failure);
    if (dispute === memory.disagreement) return memory;
    const begins = memory.disagreement?.verdict !== "false-up" || memory.traffic === null;
    const traffic =
      begins && memory.counters !== null ? startClientTraffic(memory.counters, memory.viewAt) : memory.traffic;
    return { ...memory, disagreement: dispute, traffic };
  }
  if (belief.kind === "down" && opinion.kind === "passed" && result !== null) {
    if (memory.disagreement?.verdict === "false-down") return memory;
    const beganAt = Math.max(result.sentAt, memory.beliefChangedAt);
    const dispute: Disagreement = {
      verdict: "false-down",
      beganAt,
      stage: null,
      stageSince: beganAt,
      drainingSince: null,
      startingSince: null,
    };
    return { ...memory, disagreement: dispute, traffic: null };
  }
  return memory.disagreement === null ? memory : { ...memory, disagreement: null, traffic: null };
}

function updateFalseUp(memory: ServerMemory, failure: ProbeResult): Disagreement {
  const before = memory.disagreement?.verdict === "false-up" ? memory.disagreement : null;
  const now = Math.max(failure.sentAt, memory.beliefChangedAt);
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
  return { verdict: "false-up", beganAt, stage: failure.stage, stageSince, drainingSince, startingSince };
}

/** `/readyz` of an apiserver that was told to stop: it says so before it closes its port. */
export function isDraining(failure: ProbeResult): boolean {
  return failure.failing.length === 1 && failure.failing[0] === "shutdown";
}

/** It answers, and it was just not there or still runs its start-up hooks. */
export function isStarting(memory: ServerMemory, failure: ProbeResult): boolean {
  if (failure.httpStatus === null || failure.httpStatus < 400) return false;
  return memory.wasUnavailable || failure.failing.some((name) => name.startsWith("poststarthook/"));
}
