import type { ProbeResult, ProbeStage } from "../contract/probe-result.ts";
import type { Reason } from "../contract/reason.ts";
import type { CheckDepth, Phase, Verdict } from "../contract/verdict.ts";
import type { ServerView } from "../contract/view.ts";
import type { Belief } from "./belief.ts";
import type { ProbeAssessment } from "./probe-assessment.ts";

/** A failed probe of the row that is still going on. */
export interface FailedProbe {
  readonly sentAt: number;
  readonly endedAt: number;
  readonly stage: ProbeStage;
  readonly timedOut: boolean;
}

/** A disagreement from its first moment, whatever verdict is shown meanwhile. Agreement ends it, and so does leaving service. */
export interface Disagreement {
  readonly verdict: "false-up" | "false-down";
  /** When the evidence that began it was sent. */
  readonly beganAt: number;
  /** Stage in which the probes fail, and since when; null for a false-down. */
  readonly stage: ProbeStage | null;
  readonly stageSince: number;
  /** First answers of a server that shuts down, or starts; null while it was not seen to. */
  readonly drainingSince: number | null;
  readonly startingSince: number | null;
}

/** Counters of one view, for what moved since. */
export interface TrafficCounters {
  readonly sessions: number;
  readonly bytesOut: number;
  /** Failed connects and retries. */
  readonly errors: number;
}

/** HAProxy's own clients as a third witness, from the beginning of the dispute on. */
export interface ClientTraffic {
  /** At the last failed connect, or when the counting began. */
  readonly baseline: TrafficCounters;
  readonly lastErrors: number;
  /** When the errors last grew, or the counting began. */
  readonly errorFreeSince: number;
  /** Since when they fail: since they got through last, or since the counting began; null where none failed. */
  readonly failingSince: number | null;
  /** Sessions and answers came since `base`. */
  readonly hasNewSessions: boolean;
}

/** Everything that the judge remembers of one server. Times are monotonic milliseconds, -Infinity for never. */
export interface ServerMemory {
  readonly epoch: string;
  /** The newest view and when it was polled. */
  readonly view: ServerView | null;
  readonly viewAt: number;
  readonly belief: Belief;
  /** First view with another belief or address: a probe sent before it says nothing about the new belief. */
  readonly beliefChangedAt: number;
  readonly address: string;
  readonly addressSince: number;

  readonly depth: CheckDepth | null;
  /** The last check that passed had a code of 500 or more. */
  readonly accepts5xx: boolean;
  /** HAProxy's check was denied (401, 403) at any time of this DOWN spell. */
  readonly checkDeniedWhileDown: boolean;
  readonly unverified: boolean;
  readonly health: number | null;
  /** Between full health and none: HAProxy is counting. */
  readonly isHealthInTransition: boolean;
  readonly healthFellAt: number;
  readonly healthRoseAt: number;
  readonly verifiedAt: number;
  /** End of the last staleness, blindness or pause of ours: clocks begin anew there. */
  readonly clocksHeldUntil: number;
  readonly counters: TrafficCounters | null;

  readonly result: ProbeResult | null;
  readonly assessment: ProbeAssessment;
  /** The last result that failed, while the opinion is that it fails. */
  readonly failure: ProbeResult | null;
  /** In a row, counted as far as any `rise` asks for. */
  readonly consecutivePasses: number;
  readonly consecutiveFailures: readonly FailedProbe[];
  /** Refused, reset, denied or timed out at connect since its last pass: it was not there, so it may be starting. */
  readonly wasUnavailable: boolean;
  /** The guessed path has once answered with something that is no page for people. */
  readonly isGuessedPathProven: boolean;
  /** This vantage has once got further than connecting to this address. */
  readonly everReached: boolean;

  readonly disagreement: Disagreement | null;
  readonly traffic: ClientTraffic | null;

  readonly verdict: Verdict;
  readonly phase: Phase | null;
  readonly reason: Reason | null;
  readonly since: number;
}

const NEVER = Number.NEGATIVE_INFINITY;

/** A server of which nothing was seen yet. */
export const INITIAL_MEMORY: ServerMemory = {
  epoch: "",
  view: null,
  viewAt: NEVER,
  belief: { kind: "down" },
  beliefChangedAt: NEVER,
  address: "",
  addressSince: NEVER,
  depth: null,
  accepts5xx: false,
  checkDeniedWhileDown: false,
  unverified: false,
  health: null,
  isHealthInTransition: false,
  healthFellAt: NEVER,
  healthRoseAt: NEVER,
  verifiedAt: NEVER,
  clocksHeldUntil: NEVER,
  counters: null,
  result: null,
  assessment: { kind: "pending" },
  failure: null,
  consecutivePasses: 0,
  consecutiveFailures: [],
  wasUnavailable: false,
  isGuessedPathProven: false,
  everReached: false,
  disagreement: null,
  traffic: null,
  verdict: "unknown",
  phase: null,
  reason: "probe-pending",
  since: NEVER,
};
