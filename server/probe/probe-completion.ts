import type { ProbeResult } from "../contract/probe-result.ts";
import type { Target } from "../contract/target.ts";
import type { WithheldReason } from "./credentials.ts";
import type { Deadline } from "./deadline.ts";

/** What one probe found; the scheduler adds whose it is and its number. */
export type RawProbeResult = Omit<ProbeResult, "vantage" | "target" | "seq">;

/**
 * How a probe ended. `own-fault`: this machine could not even ask (no descriptors, no ports), which says nothing
 * about the server; `cancelled`: nobody wants to know any more.
 */
export type ProbeCompletion =
  | {
      readonly kind: "finding";
      readonly result: RawProbeResult;
      /** Why it went out without credentials that its rule has; absent where it did not. */
      readonly withheld?: WithheldReason;
    }
  | { readonly kind: "own-fault"; readonly detail: string }
  | { readonly kind: "cancelled" };

/** Asks a target once. Never rejects; ends with the deadline at the latest, with every socket closed but one that is kept for the next probe. */
export type Probe = (target: Target, deadline: Deadline) => Promise<ProbeCompletion>;
