import type { Socket } from "node:net";
import type { Clock } from "../clock.ts";
import type { ProbeStage } from "../contract/probe-result.ts";
import { type WithheldReason, withheldText } from "./credentials.ts";
import type { Deadline } from "./deadline.ts";
import { isLimitError } from "./parser-error.ts";
import type { ProbeCompletion, RawProbeResult } from "./probe-completion.ts";
import { classifyError, type ProbeFailure } from "./probe-failure.ts";

/** Progress of one attempt, on which the meaning of an error depends. Its owner destroys `socket`. */
export interface ProbeAttempt {
  readonly clock: Clock;
  readonly deadline: Deadline;
  readonly url: string;
  readonly overTls: boolean;
  readonly timeoutMs: number;
  /** Null until the files that it needs have been read: an earlier failure is our own. */
  sentAt: number | null;
  stage: ProbeStage;
  readonly phases: { connect: number | null; tls: number | null; answer: number | null };
  certificateExpiresAt: number | null;
  /** Why the rule's credentials were not sent; null where they were, or where there are none. */
  withheld: WithheldReason | null;
  socket: Socket | null;
  /** What was received costs far more than other responses. */
  isWasteful: boolean;
  /** Most of a long body was left unread. */
  leftUnread: boolean;
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
    isWasteful: false,
    leftUnread: false,
  };
}

/** The part of a result that the prober determines; the rest is in the attempt. */
export type ResultDetails = Pick<RawProbeResult, "outcome" | "kind" | "stage" | "fault"> &
  Partial<Pick<RawProbeResult, "httpStatus" | "failing" | "body" | "htmlPage" | "detail">>;

/** Ends the attempt now with these details. */
export function completeWith(attempt: ProbeAttempt, details: ResultDetails): ProbeCompletion {
  const endedAt = attempt.clock.now();
  const { withheld } = attempt;
  const result: RawProbeResult = {
    sentAt: attempt.sentAt ?? endedAt,
    endedAt,
    outcome: details.outcome,
    kind: details.kind,
    stage: details.stage,
    fault: details.fault,
    url: attempt.url,
    httpStatus: details.httpStatus ?? null,
    failing: details.failing ?? [],
    phasesMs: { ...attempt.phases },
    body: details.body ?? "",
    htmlPage: details.htmlPage ?? false,
    certificateExpiresAt: attempt.certificateExpiresAt,
    detail: withheld === null ? (details.detail ?? "") : joinDetails(details.detail, withheldText(withheld)),
  };
  if (withheld === null && !attempt.isWasteful && !attempt.leftUnread) return { kind: "result", result };
  return {
    kind: "result",
    result,
    ...(withheld === null ? {} : { withheld }),
    ...(attempt.isWasteful ? { isWasteful: true } : {}),
    ...(attempt.leftUnread ? { leftUnread: true } : {}),
  };
}

function joinDetails(detail: string | undefined, addition: string): string {
  return detail === undefined || detail === "" ? addition : `${detail}; ${addition}`;
}

/** Ends the attempt with a failure of the server or of the path to it. `received`: read before the failure. */
export function completeWithFailure(
  attempt: ProbeAttempt,
  failure: ProbeFailure,
  received: Pick<ResultDetails, "httpStatus" | "body"> = {},
): ProbeCompletion {
  return completeWith(attempt, {
    ...received,
    ...failure,
    outcome: failure.fault === "probe-denied" ? "denied" : "failed",
  });
}

const TIMEOUT_DETAILS: Readonly<Record<ProbeStage, string>> = {
  connect: "no connection",
  tls: "no TLS handshake",
  answer: "no complete response",
};

/** Ends the attempt with an error or its deadline: a failure of the server, an own fault, or a cancellation. */
export function completeWithError(
  attempt: ProbeAttempt,
  error: unknown,
  received: Pick<ResultDetails, "httpStatus" | "body"> = {},
): ProbeCompletion {
  const { deadline, stage, timeoutMs } = attempt;
  if (isLimitError(error)) attempt.isWasteful = true;
  if (deadline.ended && !deadline.expired) return { kind: "cancelled" };
  if (attempt.sentAt === null) return { kind: "own-fault", detail: "the probe's files could not be read in time" };
  if (deadline.expired) {
    const detail = `${TIMEOUT_DETAILS[stage]} within ${timeoutMs} ms`;
    return completeWithFailure(attempt, { kind: "timed-out", stage, fault: "probe-timed-out", detail }, received);
  }
  const origin = classifyError(error, stage, attempt.overTls, received.httpStatus ?? null);
  if (origin.kind === "local") return { kind: "own-fault", detail: origin.detail };
  return completeWithFailure(attempt, origin.failure, received);
}
