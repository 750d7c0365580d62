import { BOUNDS } from "../bounds.ts";
import type { ProbeResult } from "../contract/probe-result.ts";
import type { FailedProbe, ServerMemory } from "./server-memory.ts";
import { INITIAL_MEMORY } from "./server-memory.ts";
import { type ProbeAssessment, assessResult } from "./probe-assessment.ts";

/** How a result is to be read. */
export interface ProbeReadingContext {
  readonly guessed: boolean;
  readonly rise: number;
  /** Probes sent before it are void: this process stood still. */
  readonly pausedUntil: number;
}

/** Adds one result to the memory. A result that was seen before, that was sent to another address or before a pause changes nothing. */
export function observeProbe(memory: ServerMemory, result: ProbeResult, context: ProbeReadingContext): ServerMemory {
  const seen = memory.result !== null && memory.result.target === result.target && memory.result.seq >= result.seq;
  if (seen || result.sentAt <= memory.addressSince) return memory;
  if (result.sentAt < context.pausedUntil && result.outcome !== "passed") return memory;

  const read = assessResult(result, context.guessed, memory.isGuessedPathProven);
  const everReached = memory.everReached || result.kind === "answered" || result.stage !== "connect";
  switch (read.kind) {
    case "passed":
      return applyPass(memory, read, result, everReached, context.rise);
    case "failed":
      return {
        ...memory,
        result,
        everReached,
        assessment: read,
        failure: result,
        consecutivePasses: 0,
        consecutiveFailures: [...memory.consecutiveFailures, toFailedProbe(result)].slice(-BOUNDS.countMax),
        wasUnavailable: memory.wasUnavailable || isUnavailable(result),
      };
    case "denied":
      return {
        ...memory,
        result,
        everReached,
        assessment: read,
        failure: null,
        consecutivePasses: 0,
        consecutiveFailures: [],
        wasUnavailable: true,
      };
    case "mute":
      return {
        ...memory,
        result,
        everReached,
        assessment: read,
        failure: null,
        consecutivePasses: 0,
        consecutiveFailures: [],
      };
    case "pending":
      return { ...memory, result, everReached };
  }
}

function applyPass(
  memory: ServerMemory,
  opinion: ProbeAssessment,
  result: ProbeResult,
  everReached: boolean,
  rise: number,
): ServerMemory {
  const passes = Math.min(memory.consecutivePasses + 1, BOUNDS.countMax);
  const healed = memory.assessment.kind !== "failed" || passes >= rise;
  return {
    ...memory,
    result,
    everReached,
    assessment: healed ? opinion : memory.assessment,
    failure: healed ? null : memory.failure,
    consecutivePasses: passes,
    consecutiveFailures: INITIAL_MEMORY.consecutiveFailures,
    wasUnavailable: false,
    isGuessedPathProven: memory.isGuessedPathProven || !result.htmlPage,
  };
}

function toFailedProbe(result: ProbeResult): FailedProbe {
  return {
    sentAt: result.sentAt,
    endedAt: result.endedAt,
    stage: result.stage,
    timedOut: result.kind === "timed-out",
  };
}

/** Nobody answered at the door: the process was not there, or not yet. */
function isUnavailable(result: ProbeResult): boolean {
  return (
    result.kind === "refused" || result.kind === "reset" || (result.kind === "timed-out" && result.stage === "connect")
  );
}
