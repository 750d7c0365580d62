import type { ProbeResult } from "../contract/probe-result.ts";
import { type ClientAnswers, readAnswerCounters, startClientAnswers } from "./client-answers.ts";
import type { ClientTraffic, Disagreement, ServerMemory } from "./server-memory.ts";
import { startClientTraffic } from "./observe-view.ts";

/** Begins, continues or ends the disagreement, by what HAProxy believes and what our probes found. */
export function updateDisagreement(memory: ServerMemory): ServerMemory {
  const { haproxy, probe } = memory;
  if (haproxy.belief.kind === "up" && probe.assessment.kind === "failed" && probe.failure !== null) {
    const disagreement = updateFalseUp(memory, probe.failure);
    const traffic = updateTraffic(memory, probe.failure);
    const answers = updateAnswers(memory, probe.failure);
    if (disagreement === memory.disagreement && traffic === memory.traffic && answers === memory.answers) return memory;
    return { ...memory, disagreement, traffic, answers };
  }
  if (haproxy.belief.kind === "down" && probe.assessment.kind === "passed" && probe.result !== null) {
    if (memory.disagreement?.verdict === "false-down") return memory;
    const beganAt = Math.max(probe.result.sentAt, haproxy.beliefChangedAt);
    const disagreement: Disagreement = {
      verdict: "false-down",
      beganAt,
      stage: null,
      stageSince: beganAt,
      drainingSince: null,
      startingSince: null,
      isRecovery: memory.decision.verdict === "agree-down",
    };
    return { ...memory, disagreement, traffic: null, answers: null };
  }
  return memory.disagreement === null ? memory : { ...memory, disagreement: null, traffic: null, answers: null };
}

/** Clients say something about connecting only, and only from when our probes fail to connect. */
function updateTraffic({ haproxy, disagreement, traffic }: ServerMemory, failure: ProbeResult): ClientTraffic | null {
  if (failure.stage !== "connect") return null;
  if (traffic !== null && disagreement?.stage === "connect") return traffic;
  return haproxy.counters === null ? null : startClientTraffic(haproxy.counters, haproxy.viewAt, failure.sentAt);
}

/** What clients get counts from when our probes fail at the answer. */
function updateAnswers({ haproxy, disagreement, answers }: ServerMemory, failure: ProbeResult): ClientAnswers | null {
  if (failure.stage !== "answer") return null;
  if (answers !== null && disagreement?.stage === "answer") return answers;
  const counters = haproxy.view === null ? null : readAnswerCounters(haproxy.view);
  return counters === null ? null : startClientAnswers(counters, haproxy.viewAt, failure.sentAt);
}

function updateFalseUp(memory: ServerMemory, failure: ProbeResult): Disagreement {
  const before = memory.disagreement?.verdict === "false-up" ? memory.disagreement : null;
  const now = Math.max(failure.sentAt, memory.haproxy.beliefChangedAt);
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
  const { stage } = failure;
  return { verdict: "false-up", beganAt, stage, stageSince, drainingSince, startingSince, isRecovery: false };
}

/** True for an apiserver that shuts down: `/readyz` says so before its port closes. */
export function isDraining(failure: ProbeResult): boolean {
  return failure.failing.length === 1 && failure.failing[0] === "shutdown";
}

/** True where it answers with an error, and was unavailable to us or to HAProxy's check just before, or still runs its start-up hooks. */
function isStarting({ probe, check }: ServerMemory, failure: ProbeResult): boolean {
  if (failure.httpStatus === null || failure.httpStatus < 400) return false;
  return (
    probe.wasUnavailable ||
    check.unavailableAt > probe.lastPassAt ||
    failure.failing.some((name) => name.startsWith("poststarthook/"))
  );
}
