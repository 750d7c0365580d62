import { BOUNDS } from "../bounds.ts";
import type { ProbeResult } from "../contract/probe-result.ts";
import { addFailure } from "./failed-probes.ts";
import { INITIAL_MEMORY, type ProbeMemory, type ServerMemory } from "./server-memory.ts";
import { type ProbeAssessment, assessResult } from "./probe-assessment.ts";

/** How a result is to be read. */
export interface ProbeReadingContext {
  readonly guessed: boolean;
  readonly rise: number;
  /** Probes sent before it are void: this process stood still. */
  readonly pausedUntil: number;
}

/** Adds one result to the memory. A result that was seen before, or was sent before the newest one, to another address or before a pause changes nothing. */
export function observeProbe(memory: ServerMemory, result: ProbeResult, context: ProbeReadingContext): ServerMemory {
  const { probe } = memory;
  if (isSuperseded(result, newestOf(probe, result.vantage)) || result.sentAt <= memory.haproxy.addressSince)
    return memory;
  if (result.sentAt < context.pausedUntil && result.outcome !== "passed") return memory;
  const added = addResult(probe, result, context);
  const othersNewest = newestOfOthers(probe, result.vantage);
  return { ...memory, probe: othersNewest === probe.othersNewest ? added : { ...added, othersNewest } };
}

/** The newest result of a vantage: only results of the same one are in an order. */
function newestOf({ result, othersNewest }: ProbeMemory, vantage: string): ProbeResult | null {
  if (result === null || result.vantage === vantage) return result;
  return othersNewest.find((other) => other.vantage === vantage) ?? null;
}

/** The newest results of all vantages but this one, of which the next result comes. */
function newestOfOthers({ result, othersNewest }: ProbeMemory, vantage: string): readonly ProbeResult[] {
  if (result === null || result.vantage === vantage) return othersNewest;
  return [...othersNewest.filter((other) => other.vantage !== vantage), result];
}

/** True for a result that was seen, and for one of a slow probe that ended after a newer one. */
function isSuperseded(result: ProbeResult, newest: ProbeResult | null): boolean {
  if (newest === null || newest.target !== result.target) return false;
  if (result.sentAt !== newest.sentAt) return result.sentAt < newest.sentAt;
  return result.seq <= newest.seq;
}

function addResult(probe: ProbeMemory, result: ProbeResult, { guessed, rise }: ProbeReadingContext): ProbeMemory {
  const assessment = assessResult(result, guessed, probe.isGuessedPathProven);
  const everReached = probe.everReached || result.kind === "answered" || result.stage !== "connect";
  const everAnsweredHttp = probe.everAnsweredHttp || result.httpStatus !== null;
  switch (assessment.kind) {
    case "passed":
      return addPass(probe, assessment, result, everReached, everAnsweredHttp, rise);
    case "failed": {
      const unavailable = isUnavailable(result);
      const begins = probe.assessment.kind !== "failed";
      return {
        ...probe,
        result,
        everReached,
        everAnsweredHttp,
        assessment,
        failure: result,
        consecutivePasses: 0,
        consecutiveFailures: addFailure(probe.consecutiveFailures, result),
        failedSoonAfterPass: begins
          ? result.sentAt - probe.lastPassAt <= BOUNDS.recentPassMs
          : probe.failedSoonAfterPass,
        wasUnavailable: probe.wasUnavailable || unavailable,
        lastUnavailableAt: unavailable ? result.endedAt : probe.lastUnavailableAt,
      };
    }
    case "denied":
    case "mute":
      return {
        ...probe,
        result,
        everReached,
        everAnsweredHttp,
        assessment,
        failure: null,
        consecutivePasses: 0,
        consecutiveFailures: INITIAL_MEMORY.probe.consecutiveFailures,
        wasUnavailable: probe.wasUnavailable || assessment.kind === "denied",
      };
    case "pending":
      return { ...probe, result, everReached, everAnsweredHttp };
  }
}

function addPass(
  probe: ProbeMemory,
  assessment: ProbeAssessment,
  result: ProbeResult,
  everReached: boolean,
  everAnsweredHttp: boolean,
  rise: number,
): ProbeMemory {
  const passes = Math.min(probe.consecutivePasses + 1, BOUNDS.countMax);
  const healed = probe.assessment.kind !== "failed" || passes >= rise;
  return {
    result,
    othersNewest: probe.othersNewest,
    everReached,
    everAnsweredHttp,
    assessment: healed ? assessment : probe.assessment,
    failure: healed ? null : probe.failure,
    consecutivePasses: passes,
    consecutiveFailures: INITIAL_MEMORY.probe.consecutiveFailures,
    lastPassAt: result.endedAt,
    failedSoonAfterPass: healed ? false : probe.failedSoonAfterPass,
    wasUnavailable: false,
    lastUnavailableAt: probe.lastUnavailableAt,
    isGuessedPathProven: probe.isGuessedPathProven || !result.htmlPage,
  };
}

/** True where nothing accepted or kept the connection: the process was not there, or not yet. */
function isUnavailable(result: ProbeResult): boolean {
  return (
    result.kind === "refused" || result.kind === "reset" || (result.kind === "timed-out" && result.stage === "connect")
  );
}
