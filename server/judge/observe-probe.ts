import { BOUNDS } from "../bounds.ts";
import type { ProbeResult } from "../contract/probe-result.ts";
import type { FailedProbe, ServerMemory } from "./memory.ts";
import { NOTHING_SEEN } from "./memory.ts";
import { type Opinion, readResult } from "./opinion.ts";

/** How a result is to be read. */
export interface ProbeContext {
  readonly guessed: boolean;
  readonly rise: number;
  /** Probes sent before it are void: this process stood still. */
  readonly pausedUntil: number;
}

/** Adds one result to the memory. A result that was seen before, that was sent to another address or before a pause changes nothing. */
export function observeProbe(memory: ServerMemory, result: ProbeResult, context: ProbeContext): ServerMemory {
  const seen = memory.result !== null && memory.result.target === result.target && memory.result.seq >= result.seq;
  if (seen || result.sentAt <= memory.addressSince) return memory;
  if (result.sentAt < context.pausedUntil && result.outcome !== "passed") return memory;

  const read = readResult(result, context.guessed, memory.provenPath);
  const everReached = memory.everReached || result.kind === "answered" || result.stage !== "connect";
  switch (read.kind) {
    case "passed":
      return passed(memory, read, result, everReached, context.rise);
    case "failed":
      return {
        ...memory,
        result,
        everReached,
        opinion: read,
        failure: result,
        passes: 0,
        run: [...memory.run, failedProbe(result)].slice(-BOUNDS.countMax),
        wasAway: memory.wasAway || isAway(result),
      };
    case "denied":
      return { ...memory, result, everReached, opinion: read, failure: null, passes: 0, run: [], wasAway: true };
    case "mute":
      return { ...memory, result, everReached, opinion: read, failure: null, passes: 0, run: [] };
    case "pending":
      return { ...memory, result, everReached };
  }
}

function passed(
  memory: ServerMemory,
  opinion: Opinion,
  result: ProbeResult,
  everReached: boolean,
  rise: number,
): ServerMemory {
  const passes = Math.min(memory.passes + 1, BOUNDS.countMax);
  const healed = memory.opinion.kind !== "failed" || passes >= rise;
  return {
    ...memory,
    result,
    everReached,
    opinion: healed ? opinion : memory.opinion,
    failure: healed ? null : memory.failure,
    passes,
    run: NOTHING_SEEN.run,
    wasAway: false,
    provenPath: memory.provenPath || !result.htmlPage,
  };
}

function failedProbe(result: ProbeResult): FailedProbe {
  return {
    sentAt: result.sentAt,
    endedAt: result.endedAt,
    stage: result.stage,
    timedOut: result.kind === "timed-out",
  };
}

/** Nobody answered at the door: the process was not there, or not yet. */
function isAway(result: ProbeResult): boolean {
  return (
    result.kind === "refused" || result.kind === "reset" || (result.kind === "timed-out" && result.stage === "connect")
  );
}
