import { BOUNDS } from "../bounds.ts";
import type { Target } from "../contract/target.ts";
import type { Lane } from "./admission.ts";
import type { WithheldReason } from "./credentials.ts";
import type { RunningDeadline } from "./deadline.ts";
import type { Due } from "./due-heap.ts";
import { phaseOf } from "./pace.ts";

/** `out-of-service`: HAProxy sends it nothing, so it is looked at every 10 s only. */
export type ProbePace = "normal" | "out-of-service";

/** A probe that is out; due when its target may be asked once more beside it. */
export interface Flight extends Due {
  readonly entry: ScheduleEntry;
  readonly deadline: RunningDeadline;
}

/** One target in the scheduler; it is due, or waits in its lane, and may be in flight besides. */
export interface ScheduleEntry extends Due {
  target: Target;
  pace: ProbePace;
  readonly phase: number;
  readonly lane: Lane<ScheduleEntry>;
  /** Its place on the grid, without jitter, that `dueAt` stands for. */
  slotAt: number;
  sentAt: number | null;
  /** At most two. */
  readonly flights: Flight[];
  /** Its turn in the lane is for a second probe beside one that is slow. */
  besideWanted: boolean;
  /** Its silence is known: no second probe, and nothing sooner. */
  calm: boolean;
  /** The next probe was asked for sooner. */
  hurried: boolean;
  fastInARow: number;
  /** Why its last probe went without credentials; null where it did not. */
  withheld: WithheldReason | null;
  /** Outcome and fault of the last result. */
  said: string;
  seq: number;
}

/** A target that was never asked and is not due yet. */
export function newEntry(target: Target, pace: ProbePace, lane: Lane<ScheduleEntry>): ScheduleEntry {
  return {
    target,
    pace,
    phase: phaseOf(target.key),
    lane,
    slotAt: 0,
    sentAt: null,
    flights: [],
    besideWanted: false,
    calm: false,
    hurried: false,
    fastInARow: 0,
    withheld: null,
    said: "",
    seq: 0,
    dueAt: 0,
    heapIndex: -1,
  };
}

/** Milliseconds between two of its probes. */
export function everyMsOf({ target, pace }: ScheduleEntry): number {
  return pace === "normal" ? target.everyMs : Math.max(target.everyMs, BOUNDS.probeEveryOutOfServiceMs);
}
