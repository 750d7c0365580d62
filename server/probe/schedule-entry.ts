import { BOUNDS } from "../bounds.ts";
import type { Target } from "../contract/target.ts";
import { type AddressQueue, isQueueHeldBack } from "./admission-control.ts";
import type { WithheldReason } from "./credentials.ts";
import type { RunningDeadline } from "./deadline.ts";
import type { Due } from "./due-heap.ts";
import { intervalOffset } from "./probe-timing.ts";

/** `out-of-service`: HAProxy sends it no traffic, so it is probed every 10 s only. */
export type ProbePace = "normal" | "out-of-service";

/** A probe in flight; due when a hedged probe may be sent. */
export interface InFlightProbe extends Due {
  readonly entry: ScheduleEntry;
  readonly deadline: RunningDeadline;
}

/** One target in the scheduler; it is due or queued, and may be in flight besides. */
export interface ScheduleEntry extends Due {
  target: Target;
  pace: ProbePace;
  readonly intervalOffset: number;
  readonly queue: AddressQueue<ScheduleEntry>;
  /** The time on its grid, without jitter, that `dueAt` was computed from. */
  gridTime: number;
  sentAt: number | null;
  endedAt: number | null;
  /** At most two. */
  readonly inFlight: InFlightProbe[];
  /** It is queued for a hedged probe. */
  hedgeWanted: boolean;
  /** Its hang is confirmed: no hedged and no early probe. */
  hedgingSuppressed: boolean;
  /** Its probes cost far more than others: fewer of them, no hedged and no early one. */
  isCostly: boolean;
  /** While it is costly: its interval as a multiple of the target's, which doubles as long as its probes stay wasteful. */
  costlyIntervals: number;
  /** Wasteful probes, less a quarter of the others. */
  wasteful: number;
  /** Erratic probes less the others, at most `probeErraticMax`. */
  erratic: number;
  failedInARow: number;
  /** `probeSoon` was called since the last probe. */
  earlyProbeWanted: boolean;
  consecutiveFast: number;
  /** Early probes so far, less those that time has made up for, as of `fastUsedAt`. */
  fastUsed: number;
  fastUsedAt: number;
  timeoutsInARow: number;
  /** Why its last probe was sent without credentials; null where none were withheld. */
  withheld: WithheldReason | null;
  /** Outcome and fault of the last result. */
  lastOutcome: string;
  seq: number;
}

/** An entry that was never probed and is not due yet. */
export function newScheduleEntry(target: Target, pace: ProbePace, queue: AddressQueue<ScheduleEntry>): ScheduleEntry {
  return {
    target,
    pace,
    intervalOffset: intervalOffset(target.key),
    queue: queue,
    gridTime: 0,
    sentAt: null,
    endedAt: null,
    inFlight: [],
    hedgeWanted: false,
    hedgingSuppressed: false,
    isCostly: false,
    costlyIntervals: BOUNDS.probeCostlyIntervals,
    wasteful: 0,
    erratic: 0,
    failedInARow: 0,
    earlyProbeWanted: false,
    consecutiveFast: 0,
    fastUsed: 0,
    fastUsedAt: 0,
    timeoutsInARow: 0,
    withheld: null,
    lastOutcome: "",
    seq: 0,
    dueAt: 0,
    heapIndex: -1,
  };
}

/** Milliseconds between two of its probes. */
export function probeIntervalMs(entry: ScheduleEntry): number {
  const { pace, isCostly } = entry;
  const everyMs = isCostly ? costlyIntervalMs(entry) : slowedIntervalMs(entry);
  return pace === "normal" ? everyMs : Math.max(everyMs, BOUNDS.probeEveryOutOfServiceMs);
}

/** Its own probes are the reason why it is probed in more than its interval. */
export function isSlowed(entry: ScheduleEntry): boolean {
  return entry.isCostly || isErratic(entry) || isFailing(entry);
}

/** A result that changes faster than it is asked for says the same when it is asked for less often. */
function isErratic({ erratic }: ScheduleEntry): boolean {
  return erratic >= BOUNDS.probeErraticMax;
}

/** As HAProxy does with `downinter`; a probe that passes ends it. */
function isFailing({ failedInARow }: ScheduleEntry): boolean {
  return failedInARow >= BOUNDS.probeFailingMax;
}

function slowedIntervalMs(entry: ScheduleEntry): number {
  const { everyMs } = entry.target;
  if (isErratic(entry)) return longer(everyMs, BOUNDS.probeErraticIntervals, BOUNDS.probeErraticEveryMs);
  return isFailing(entry) ? longer(everyMs, BOUNDS.probeFailingIntervals, BOUNDS.probeFailingEveryMs) : everyMs;
}

function longer(everyMs: number, times: number, longestMs: number): number {
  return Math.min(times * everyMs, Math.max(everyMs, longestMs));
}

function costlyIntervalMs({ target: { everyMs }, costlyIntervals }: ScheduleEntry): number {
  const longestMs = Math.max(BOUNDS.probeCostlyIntervals * everyMs, BOUNDS.probeCostlyEveryMaxMs);
  return Math.min(costlyIntervals * everyMs, longestMs);
}

/**
 * Milliseconds by which its next probe, or the end of the last one, is late at `now`; negative while in time. A probe that
 * waits for the limits of its own address, or because that address does not answer, is not late.
 */
export function lateMs({ dueAt, heapIndex, inFlight, sentAt, target, queue }: ScheduleEntry, now: number): number {
  const overdueMs = inFlight.length > 0 && sentAt !== null ? now - sentAt - target.timeoutMs : Number.NEGATIVE_INFINITY;
  const isHeldBack = heapIndex < 0 && isQueueHeldBack(queue, now);
  return Math.max(overdueMs, isHeldBack ? Number.NEGATIVE_INFINITY : now - dueAt);
}

/** Takes the credit for an early probe at `now`, which an erratic target gets no more of; false where results that change all the time have used it up. */
export function takeFastCredit(entry: ScheduleEntry, now: number): boolean {
  const refillMs = BOUNDS.probeFastRefillIntervals * entry.target.everyMs;
  if (!isErratic(entry)) entry.fastUsed = Math.max(0, entry.fastUsed - (now - entry.fastUsedAt) / refillMs);
  entry.fastUsedAt = now;
  if (entry.fastUsed + 1 > BOUNDS.probeFastBurst) return false;
  entry.fastUsed += 1;
  return true;
}

/** Counts a probe; erratic is one whose result is another than that before, is no HTTP, or has a body without end. */
export function countResult(entry: ScheduleEntry, hasPassed: boolean, wasErratic: boolean): void {
  entry.failedInARow = hasPassed ? 0 : entry.failedInARow + 1;
  entry.erratic = wasErratic ? Math.min(BOUNDS.probeErraticMax, entry.erratic + 1) : Math.max(0, entry.erratic - 1);
}

/** What a probe that is not wasteful makes up for. */
const OTHER_PROBE_WEIGHT = 0.25;

/** Counts a probe; true where it makes so many wasteful ones that its target is costly, from which on they count anew. */
export function countWasteful(entry: ScheduleEntry, isWasteful: boolean): boolean {
  entry.wasteful = Math.max(0, isWasteful ? entry.wasteful + 1 : entry.wasteful - OTHER_PROBE_WEIGHT);
  if (entry.wasteful < (entry.isCostly ? BOUNDS.probeWastefulAgainMax : BOUNDS.probeWastefulMax)) return false;
  entry.wasteful = 0;
  return true;
}

/** Sets whether the target is costly now; `again`: its probes were wasteful while it was. */
export function setCostly(entry: ScheduleEntry, isCostly: boolean, again: boolean): void {
  const isSlower = again && entry.isCostly && costlyIntervalMs(entry) < BOUNDS.probeCostlyEveryMaxMs;
  if (!isCostly) entry.costlyIntervals = BOUNDS.probeCostlyIntervals;
  else if (isSlower) entry.costlyIntervals *= 2;
  entry.isCostly = isCostly;
}
