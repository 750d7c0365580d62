import { BOUNDS } from "../bounds.ts";
import type { Target } from "../contract/target.ts";
import type { AddressQueue } from "./admission-control.ts";
import type { WithheldReason } from "./credentials.ts";
import type { RunningDeadline } from "./deadline.ts";
import type { Due } from "./due-heap.ts";
import { intervalOffset } from "./probe-timing.ts";

/** `out-of-service`: HAProxy sends it nothing, so it is looked at every 10 s only. */
export type ProbePace = "normal" | "out-of-service";

/** A probe that is out; due when its target may be asked once more beside it. */
export interface InFlightProbe extends Due {
  readonly entry: ScheduleEntry;
  readonly deadline: RunningDeadline;
}

/** One target in the scheduler; it is due, or waits in its lane, and may be in flight besides. */
export interface ScheduleEntry extends Due {
  target: Target;
  pace: ProbePace;
  readonly intervalOffset: number;
  readonly queue: AddressQueue<ScheduleEntry>;
  /** Its place on the grid, without jitter, that `dueAt` stands for. */
  gridTime: number;
  sentAt: number | null;
  /** At most two. */
  readonly inFlight: InFlightProbe[];
  /** Its turn in the lane is for a second probe beside one that is slow. */
  hedgeWanted: boolean;
  /** Its silence is known: no second probe, and nothing sooner. */
  hedgingSuppressed: boolean;
  /** The next probe was asked for sooner. */
  earlyProbeWanted: boolean;
  consecutiveFast: number;
  /** Why its last probe went without credentials; null where it did not. */
  withheld: WithheldReason | null;
  /** Outcome and fault of the last result. */
  lastOutcome: string;
  seq: number;
}

/** A target that was never asked and is not due yet. */
export function newScheduleEntry(target: Target, pace: ProbePace, lane: AddressQueue<ScheduleEntry>): ScheduleEntry {
  return {
    target,
    pace,
    intervalOffset: intervalOffset(target.key),
    queue: lane,
    gridTime: 0,
    sentAt: null,
    inFlight: [],
    hedgeWanted: false,
    hedgingSuppressed: false,
    earlyProbeWanted: false,
    consecutiveFast: 0,
    withheld: null,
    lastOutcome: "",
    seq: 0,
    dueAt: 0,
    heapIndex: -1,
  };
}

/** Milliseconds between two of its probes. */
export function probeIntervalMs({ target, pace }: ScheduleEntry): number {
  return pace === "normal" ? target.everyMs : Math.max(target.everyMs, BOUNDS.probeEveryOutOfServiceMs);
}
