import type { ProbeResult } from "../contract/probe-result.ts";
import type { Target } from "../contract/target.ts";
import type { WithheldReason } from "./credentials.ts";
import type { Deadline } from "./deadline.ts";

/** The result of one probe; the scheduler adds vantage, target and sequence number. */
export type RawProbeResult = Omit<ProbeResult, "vantage" | "target" | "seq">;

/** A probe that says something about the server. */
export interface CompletedProbe {
  readonly kind: "result";
  readonly result: RawProbeResult;
  /** What was received costs far more than other responses; absent: it does not. */
  readonly isWasteful?: true;
  /** Most of a long body was left unread; absent: it was not. */
  readonly leftUnread?: true;
  /** Why the rule's credentials were not sent; absent where they were, or where there are none. */
  readonly withheld?: WithheldReason;
}

/**
 * How a probe ended. `own-fault`: this machine could not send it (no descriptors, no ports), which says nothing about
 * the server; `cancelled`: its target was removed or the scheduler stopped.
 */
export type ProbeCompletion =
  | CompletedProbe
  | { readonly kind: "own-fault"; readonly detail: string }
  | { readonly kind: "cancelled" };

/** Probes a target once. Never rejects; ends with the deadline at the latest, with every socket closed or in the pool. */
export type Probe = (target: Target, deadline: Deadline) => Promise<ProbeCompletion>;
