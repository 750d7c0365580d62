import type { ProbeKind, ProbeResult, ProbeStage } from "../contract/probe-result.ts";
import type { Reason } from "../contract/reason.ts";
import type { CheckDepth, Phase, Verdict } from "../contract/verdict.ts";
import type { ServerView } from "../contract/view.ts";
import type { Belief } from "./belief.ts";
import type { ClientAnswers } from "./client-answers.ts";
import type { ProbeAssessment } from "./probe-assessment.ts";

/** One of the failed probes since the last that did not fail. */
export interface FailedProbe {
  readonly sentAt: number;
  readonly endedAt: number;
  readonly stage: ProbeStage;
  readonly kind: ProbeKind;
}

/** A disagreement between HAProxy's belief and our probes. Agreement ends it, and so does leaving service. */
export interface Disagreement {
  readonly verdict: "false-up" | "false-down";
  /** When the first evidence for it was sent. */
  readonly beganAt: number;
  /** Stage in which the probes fail, and since when; null for a false-down. */
  readonly stage: ProbeStage | null;
  readonly stageSince: number;
  /** When the server was first seen to shut down, or to start; null where it was not. */
  readonly drainingSince: number | null;
  readonly startingSince: number | null;
  /** A false-down that began while both agreed on DOWN: HAProxy's check failed as our probe did. */
  readonly isRecovery: boolean;
}

/** Counters of one view, to compare later views with. */
export interface TrafficCounters {
  readonly sessions: number;
  readonly bytesOut: number;
  /** Failed connects and retries. */
  readonly errors: number;
}

/** What HAProxy's own clients show about connecting, since our probes fail to connect. */
export interface ClientTraffic {
  /** When the probe that failed to connect was sent: sessions of a view from before it prove nothing. */
  readonly since: number;
  /** When `baseline` was polled. */
  readonly baselineAt: number;
  /** At the last failed connect, or when the counting began. */
  readonly baseline: TrafficCounters;
  readonly lastErrors: number;
  /** When the errors last grew, or the counting began. */
  readonly errorFreeSince: number;
  /** Since when they fail: since they got through last, or since the counting began; null where none failed. */
  readonly failingSince: number | null;
  /** Sessions and answers were counted since `baseline`. */
  readonly hasNewSessions: boolean;
}

/** What HAProxy said of the server. */
export interface HaproxyMemory {
  readonly epoch: string;
  /** First view of this epoch: HAProxy's checks start anew there, with or without a state file. */
  readonly epochSince: number;
  /** The newest view and when it was polled. */
  readonly view: ServerView | null;
  readonly viewAt: number;
  readonly belief: Belief;
  /** First view with another belief or address: a probe sent before it says nothing about the new belief. */
  readonly beliefChangedAt: number;
  readonly address: string;
  readonly addressSince: number;
  readonly counters: TrafficCounters | null;
}

/** What HAProxy's own check was seen to do. */
export interface CheckMemory {
  /** The depth that it was seen to reach; null before that. */
  readonly depth: CheckDepth | null;
  /** The last check that passed had a code of 500 or more. */
  readonly accepts5xx: boolean;
  /** It was denied (401, 403) at any time since the server is DOWN. */
  readonly deniedWhileDown: boolean;
  /** HAProxy has not finished a check since its start. */
  readonly isUnverified: boolean;
  readonly verifiedAt: number;
  readonly health: number | null;
  /** Health lies between full and none: HAProxy is counting. */
  readonly isHealthInTransition: boolean;
  readonly healthFellAt: number;
  readonly healthRoseAt: number;
  /** The last view that showed that a check had started or ended since the view before. */
  readonly activityAt: number;
  /** The last view that showed a server UP whose check failed before any answer, then or since the view before. */
  readonly unavailableAt: number;
}

/** What our own probes found. */
export interface ProbeMemory {
  readonly result: ProbeResult | null;
  /** The newest result of each other vantage. */
  readonly othersNewest: readonly ProbeResult[];
  readonly assessment: ProbeAssessment;
  /** The last result that failed, while the assessment is that it fails. */
  readonly failure: ProbeResult | null;
  /** In a row, counted as far as any `rise` asks for. */
  readonly consecutivePasses: number;
  /** Without those that a drain or a start excused. */
  readonly consecutiveFailures: readonly FailedProbe[];
  /** End of the last probe that passed. */
  readonly lastPassAt: number;
  /** The failures began shortly after a pass. */
  readonly failedSoonAfterPass: boolean;
  /** Refused, reset, denied or timed out at connect since its last pass: it may be starting. */
  readonly wasUnavailable: boolean;
  /** End of the last probe that was refused, reset or timed out at connect. */
  readonly lastUnavailableAt: number;
  /** The guessed path has once answered with something that is no HTML page. */
  readonly isGuessedPathProven: boolean;
  /** This vantage has once got further than connecting to this address. */
  readonly everReached: boolean;
  /** It has once answered with an HTTP status, so that a check over HTTP fits it. */
  readonly everAnsweredHttp: boolean;
}

/** What the judge decided last, and since when. */
export interface DecisionMemory {
  readonly verdict: Verdict;
  readonly phase: Phase | null;
  readonly reason: Reason | null;
  readonly since: number;
}

/** Everything that the judge remembers of one server. Times are monotonic milliseconds, -Infinity for never. */
export interface ServerMemory {
  readonly haproxy: HaproxyMemory;
  readonly check: CheckMemory;
  readonly probe: ProbeMemory;
  /** End of the last staleness, blindness or pause of this process: the clocks start again there. */
  readonly clocksHeldUntil: number;
  readonly disagreement: Disagreement | null;
  readonly traffic: ClientTraffic | null;
  /** Watched while a probe fails at the answer, in mode http. */
  readonly answers: ClientAnswers | null;
  readonly decision: DecisionMemory;
}

const NEVER = Number.NEGATIVE_INFINITY;

/** The memory of a server without any view or result. */
export const INITIAL_MEMORY: ServerMemory = {
  haproxy: {
    epoch: "",
    epochSince: NEVER,
    view: null,
    viewAt: NEVER,
    belief: { kind: "down" },
    beliefChangedAt: NEVER,
    address: "",
    addressSince: NEVER,
    counters: null,
  },
  check: {
    depth: null,
    accepts5xx: false,
    deniedWhileDown: false,
    isUnverified: false,
    verifiedAt: NEVER,
    health: null,
    isHealthInTransition: false,
    healthFellAt: NEVER,
    healthRoseAt: NEVER,
    activityAt: NEVER,
    unavailableAt: NEVER,
  },
  probe: {
    result: null,
    othersNewest: [],
    assessment: { kind: "pending" },
    failure: null,
    consecutivePasses: 0,
    consecutiveFailures: [],
    lastPassAt: NEVER,
    failedSoonAfterPass: false,
    wasUnavailable: false,
    lastUnavailableAt: NEVER,
    isGuessedPathProven: false,
    everReached: false,
    everAnsweredHttp: false,
  },
  clocksHeldUntil: NEVER,
  disagreement: null,
  traffic: null,
  answers: null,
  decision: { verdict: "unknown", phase: null, reason: "probe-pending", since: NEVER },
};
