import type { Socket } from "node:net";
import type { Clock } from "../clock.ts";
import type { ProbeStage } from "../contract/probe-result.ts";
import { withheldText } from "./credentials.ts";
import type { WithheldReason } from "./credentials.ts";
import type { Deadline } from "./deadline.ts";
import type { ProbeCompletion, RawProbeResult } from "./probe-completion.ts";
import { classifyError } from "./probe-failure.ts";
import type { ProbeFailure } from "./probe-failure.ts";

/** Where one attempt stands: what an error means depends on it. Its owner destroys `socket`. */
export interface ProbeAttempt {
  readonly clock: Clock;
  readonly deadline: Deadline;
  readonly url: string;
  readonly overTls: boolean;
  readonly timeoutMs: number;
  /** Null until the files that it needs were read: a failure before is ours. */
  sentAt: number | null;
  stage: ProbeStage;
  readonly phases: { connect: number | null; tls: number | null; answer: number | null };
  certificateExpiresAt: number | null;
  /** Why it goes without credentials that the rule has; null where it does not. */
  withheld: WithheldReason | null;
  socket: Socket | null;
}

/** An attempt before its first byte. */
export function newProbeAttempt(
  clock: Clock,
  deadline: Deadline,
  url: string,
  overTls: boolean,
  timeoutMs: number,
): ProbeAttempt {
  return {
    clock,
    deadline,
    url,
    overTls,
    timeoutMs,
    sentAt: null,
    stage: "connect",
    phases: { connect: null, tls: null, answer: null },
    certificateExpiresAt: null,
    withheld: null,
    socket: null,
  };
}

/** What differs from finding to finding; the rest is in the attempt. */
export type ResultDetails = Pick<RawProbeResult, "outcome" | "kind" | "stage" | "fault"> &
  Partial<Pick<RawProbeResult, "httpStatus" | "failing" | "body" | "htmlPage" | "detail">>;

/** The attempt, ended now. */
export function completeWith(attempt: ProbeAttempt, found: ResultDetails): ProbeCompletion {
  const endedAt = attempt.clock.now();
  const { withheld } = attempt;
  const finding: RawProbeResult = {
    sentAt: attempt.sentAt ?? endedAt,
    endedAt,
    outcome: found.outcome,
    kind: found.kind,
    stage: found.stage,
    fault: found.fault,
    url: attempt.url,
    httpStatus: found.httpStatus ?? null,
    failing: found.failing ?? [],
    phasesMs: { ...attempt.phases },
    body: found.body ?? "",
    htmlPage: found.htmlPage ?? false,
    certificateExpiresAt: attempt.certificateExpiresAt,
    detail: withheld === null ? (found.detail ?? "") : joinDetails(found.detail, withheldText(withheld)),
  };
  return withheld === null ? { kind: "finding", result: finding } : { kind: "finding", result: finding, withheld };
}

function joinDetails(said: string | undefined, more: string): string {
  return said === undefined || said === "" ? more : `${said}; ${more}`;
}

/** The attempt, ended by a failure of the server or of the way to it. `seen`: what had been read before. */
export function completeWithFailure(
  attempt: ProbeAttempt,
  failure: ProbeFailure,
  seen: Pick<ResultDetails, "httpStatus" | "body"> = {},
): ProbeCompletion {
  return completeWith(attempt, { ...seen, ...failure, outcome: "failed" });
}

const TIMEOUT_DETAILS: Readonly<Record<ProbeStage, string>> = {
  connect: "no connection",
  tls: "no TLS handshake",
  answer: "no complete answer",
};

/** The attempt, ended by an error or by its deadline: theirs, ours, or nobody's where the probe was cancelled. */
export function completeWithError(
  attempt: ProbeAttempt,
  error: unknown,
  seen: Pick<ResultDetails, "httpStatus" | "body"> = {},
): ProbeCompletion {
  const { deadline, stage, timeoutMs } = attempt;
  if (deadline.ended && !deadline.expired) return { kind: "cancelled" };
  if (attempt.sentAt === null) return { kind: "own-fault", detail: "the probe's files could not be read in time" };
  if (deadline.expired) {
    const detail = `${TIMEOUT_DETAILS[stage]} within ${timeoutMs} ms`;
    return completeWithFailure(attempt, { kind: "timed-out", stage, fault: "probe-timed-out", detail }, seen);
  }
  const blame = classifyError(error, stage, attempt.overTls);
  if (blame.whose === "ours") return { kind: "own-fault", detail: blame.detail };
  return completeWithFailure(attempt, blame.failure, seen);
}
