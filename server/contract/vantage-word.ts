import type { NetworkAddress } from "./event.ts";
import type { ProbeKind, ProbeOutcome, ProbeStage } from "./probe-result.ts";
import type { Reason } from "./reason.ts";
import type { InstanceName } from "./server-key.ts";
import type { Phase, Verdict } from "./verdict.ts";

/** What the newest probe of a vantage found. */
export interface VantageProbe {
  readonly outcome: ProbeOutcome | "pending" | "skipped";
  /** Null where there is no result, as the next five. */
  readonly kind: ProbeKind | null;
  readonly stage: ProbeStage | null;
  readonly url: string | null;
  readonly httpStatus: number | null;
  readonly fault: Reason | null;
  /** Age of its result, in milliseconds, when the word was heard last. */
  readonly ageMs: number | null;
  readonly failing: readonly string[];
  readonly everyMs: number;
}

/** What one vantage says of one server. Times are milliseconds since 1970, by the clock of the reader. */
export interface VantageWord {
  readonly vantage: string;
  /** It polls this HAProxy over its UNIX socket, so that it stands beside it. */
  readonly isHome: boolean;
  /** When the vantage was heard last: until then its word is known to hold. */
  readonly heardAt: number;
  /** Its process stood still, and has not probed anew since. */
  readonly isPaused: boolean;
  readonly instance: InstanceName;
  readonly address: NetworkAddress | null;
  /** Its own verdict, as if it were the only one. */
  readonly verdict: Verdict;
  readonly phase: Phase | null;
  readonly reason: Reason | null;
  readonly sentence: string;
  readonly since: number;
  /** Since when it says this: of two vantages the one that spoke last has HAProxy's newest state. */
  readonly saidAt: number;
  readonly haproxyStatus: string;
  readonly checkStatus: string | null;
  /** What HAProxy's own clients show about connecting, since the probe fails to connect; null while they show nothing. */
  readonly traffic: "fails" | "works" | null;
  readonly probe: VantageProbe;
}

/** Why the word of a vantage does not count. */
export const UNCOUNTED_WHYS = ["silent", "stale", "blind", "paused", "probe-old", "other-address"] as const;
export type UncountedWhy = (typeof UNCOUNTED_WHYS)[number];

/** A vantage whose word does not count; `heardAt` is when it was heard last. */
export interface UncountedVantage {
  readonly vantage: string;
  readonly why: UncountedWhy;
  readonly heardAt: number;
}

/**
 * How vantages differ. `answers`: the server answers some well and some badly. `path`: the vantage beside HAProxy reaches
 * it, and the failing ones do not. `unplaced`: some reach it and some do not, and none of those that do is beside HAProxy.
 */
export interface VantageDifference {
  readonly kind: "answers" | "path" | "unplaced";
  readonly failing: readonly string[];
  readonly passing: readonly string[];
}

/** What all vantages say of one server together. */
export interface MergedVerdict {
  readonly verdict: Verdict;
  readonly phase: Phase | null;
  readonly reason: Reason | null;
  readonly sentence: string;
  readonly since: number;
  /** The vantage whose word decided. */
  readonly deciding: string;
  /** Vantages that may speak and whose probe speaks for the mismatch; empty without one. */
  readonly speaking: readonly string[];
  /** Vantages whose word counts; while there is none, nothing is decided. */
  readonly counted: readonly string[];
  readonly uncounted: readonly UncountedVantage[];
  readonly difference: VantageDifference | null;
}
