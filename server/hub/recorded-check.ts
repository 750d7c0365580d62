import type { HaproxySide, ServerStatus } from "../contract/status.ts";
import type { Judgement } from "../contract/store.ts";
import type { CheckStatus } from "../contract/view.ts";
import { provenDepth } from "../judge/check-depth.ts";
import { gradeCheck, observeCheck, UNOBSERVED_CHECK } from "../judge/check-quality.ts";

/** How far the check behind a judgement looks, and its grade, as far as the judgement shows them. */
export function recordedCheck({
  haproxyStatus,
  checkStatus,
  checkCode,
  httpStatus,
}: Pick<Judgement, "haproxyStatus" | "checkStatus" | "checkCode" | "httpStatus">): Pick<HaproxySide, "depth"> &
  Pick<ServerStatus, "quality"> {
  const check = { status: checkStatus as CheckStatus | null, code: checkCode, text: "" };
  const isUnchecked = haproxyStatus === "no check";
  const depth = isUnchecked ? "none" : provenDepth(check);
  const view = { check, state: isUnchecked ? "no-check" : "up", agentStatus: null, checkElsewhere: false } as const;
  return { depth, quality: gradeCheck(view, depth, observeCheck(UNOBSERVED_CHECK, view, depth), httpStatus !== null) };
}
