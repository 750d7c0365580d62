import type { Reason } from "../contract/reason.ts";
import type { JudgePolicy } from "../contract/target.ts";
import type { Phase, Tone, Verdict } from "../contract/verdict.ts";
import { REASON_TEXTS } from "./reason-texts.ts";

/** How a verdict is shown. A confirmed false-up is critical, except on a standby or where it is expected. */
export function deriveTone(
  verdict: Verdict,
  phase: Phase | null,
  reason: Reason | null,
  policy: JudgePolicy,
  standby: boolean,
): Tone {
  if (policy.expected?.verdict === verdict) return "quiet";
  switch (verdict) {
    case "agree-up":
      return "ok";
    case "agree-down":
    case "out-of-service":
      return "quiet";
    case "false-up":
      return phase === "confirmed" && !standby ? "critical" : "warning";
    case "false-down":
      // Replicas are DOWN by design behind checks that ask for the leader.
      return reason === "check-asks-something-else" && !policy.sameQuestion ? "quiet" : "warning";
    case "unknown":
      return reason === null ? "quiet" : REASON_TEXTS[reason].tone;
  }
}
