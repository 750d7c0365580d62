import type { ProbeStage } from "../contract/probe-result.ts";
import type { CheckDepth } from "../contract/verdict.ts";
import type { CheckView, ServerView } from "../contract/view.ts";
import type { TrackedCheck } from "./judge-context.ts";

/** The depth that a check result proves; null for one that shows only where a check failed: httpchk on a closed port says L4CON. */
export function provenDepth(check: Pick<CheckView, "status">): CheckDepth | null {
  switch (check.status) {
    case "L4OK":
      return "connection";
    case "L6OK":
      return "tls";
    case "L7OK":
    case "L7OKC":
    case "L7STS":
    case "L7RSP":
    case "L7TOUT":
    case "PROCOK":
    case "PROCERR":
    case "PROCTOUT":
      return "application";
    default:
      return null;
  }
}

/** True for a check that failed to connect, or in the TLS handshake. */
export function failsBeforeAnswer({ status }: CheckView): boolean {
  return status === "L4CON" || status === "L4TOUT" || status === "L6TOUT" || status === "L6RSP";
}

/** True where a check failed between the two views, and was over at the second: one that looks no further than the connection or the TLS handshake. */
export function failedBetween(before: CheckView, now: CheckView): boolean {
  if (before.failures === null || now.failures === null || now.failures <= before.failures) return false;
  return now.status === "L4OK" || now.status === "L6OK";
}

/** Depth of a server without a health check: `application` with an agent, else `none`. Null where there is a check, or it is not known. */
export function depthWithoutCheck(view: ServerView): CheckDepth | null {
  if (isAgentOnly(view)) return "application";
  return view.state === "no-check" ? "none" : null;
}

/** What a check is graded by. */
export type GradedView = Pick<ServerView, "state" | "agentStatus" | "checkElsewhere"> & {
  readonly check: Pick<CheckView, "status" | "code" | "text">;
};

/** True without a health check and with an agent check. In maintenance the columns of a check are empty although there is one. */
export function isAgentOnly({ state, check, agentStatus }: GradedView): boolean {
  return state !== "maint" && check.status === null && agentStatus !== null;
}

/** What HAProxy's check of a server can see. */
export interface CheckCoverage {
  readonly depth: CheckDepth;
  /** It goes to another port or address than our probe. */
  readonly isElsewhere: boolean;
  /** Our probe goes to a port to which neither HAProxy's traffic nor its check goes. */
  readonly isOtherPort: boolean;
  /** It passed with a code of 500 or more. */
  readonly accepts5xx: boolean;
}

/**
 * What the check that decides over a server can see: its own, or the one it tracks. A depth that is not known counts as
 * the deepest. `otherPort`: the port that our probe goes to in place of the traffic's.
 */
export function resolveCoverage(
  view: ServerView,
  { accepts5xx }: { readonly accepts5xx: boolean },
  depth: CheckDepth | null,
  tracked: TrackedCheck | null,
  otherPort: number | undefined,
): CheckCoverage {
  const checksElsewhere = tracked?.isElsewhere ?? view.checkElsewhere;
  const checkPort = tracked === null ? (view.checkPort ?? null) : tracked.port;
  const isSamePort = checksElsewhere && (checkPort === null || checkPort === otherPort);
  return {
    depth: depth ?? "application",
    isElsewhere: otherPort === undefined ? checksElsewhere : !isSamePort,
    isOtherPort: otherPort !== undefined && !isSamePort,
    accepts5xx: tracked?.accepts5xx ?? accepts5xx,
  };
}

const DETECTABLE_STAGES: Record<CheckDepth, readonly ProbeStage[]> = {
  none: [],
  connection: ["connect"],
  tls: ["connect", "tls"],
  application: ["connect", "tls", "answer"],
};

/** True where HAProxy's own check can notice a failure at this stage. */
export function canDetect(coverage: CheckCoverage, stage: ProbeStage): boolean {
  if (coverage.isOtherPort) return false;
  if (coverage.isElsewhere && stage !== "answer") return false;
  if (coverage.accepts5xx && stage === "answer") return false;
  return DETECTABLE_STAGES[coverage.depth].includes(stage);
}
