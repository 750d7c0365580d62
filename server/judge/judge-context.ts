import { type CheckPace, UNKNOWN_PACE } from "./check-pace.ts";
import type { CheckDepth } from "../contract/verdict.ts";
import type { CheckView } from "../contract/view.ts";

/** The check at the end of a `track` chain, which decides over every server that tracks it. */
export interface TrackedCheck {
  readonly depth: CheckDepth | null;
  readonly check: CheckView;
  readonly isElsewhere: boolean;
  /** The port that it goes to, where that is another one than the traffic's and known. */
  readonly port: number | null;
  /** From the memory of the tracked server. */
  readonly accepts5xx: boolean;
  readonly deniedWhileDown: boolean;
}

/** What judging one server needs from outside of it. Times are monotonic milliseconds. */
export interface JudgeContext {
  /** Changes with every restart and reload of HAProxy. */
  readonly epoch: string;
  /** The newest view of this instance is too old to say anything. */
  readonly isStale: boolean;
  /** End of the last pause of this process: probes sent before it count for nothing. */
  readonly pausedUntil: number;
  /** Depth that a server with the same check has been seen to reach. */
  readonly siblingDepth: CheckDepth | null;
  /** How often the checks of this backend were seen to run. */
  readonly checkPace: CheckPace;
  /** The check that this server tracks; null for one with a check of its own, and where the end of the chain is not known. */
  readonly trackedCheck: TrackedCheck | null;
  /** At least half of the other targets have responded since this moment, errors included. */
  readonly othersRespondedSince: number;
  /** Most of what HAProxy reaches is out of our reach, so a failure to connect may be ours. */
  readonly isBlind: boolean;
}

/** A context that adds nothing to the server's own evidence. */
export const NO_CONTEXT: JudgeContext = {
  epoch: "",
  isStale: false,
  pausedUntil: Number.NEGATIVE_INFINITY,
  siblingDepth: null,
  checkPace: UNKNOWN_PACE,
  trackedCheck: null,
  othersRespondedSince: Number.POSITIVE_INFINITY,
  isBlind: false,
};
