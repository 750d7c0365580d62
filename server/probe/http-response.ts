import type { ProbeOutcome } from "../contract/probe-result.ts";
import type { ProbeFault } from "../contract/reason.ts";
import type { HttpProbe } from "../contract/target.ts";
import { matchesExpectation, isHtmlPage } from "./body-expectation.ts";
import { parseFailingChecks } from "./kubernetes-health.ts";
import { truncateBody, sanitizeLine } from "./untrusted-text.ts";

/** An answer as it was read; `complete` is false where reading stopped at its limit. Untrusted, free of secrets. */
export interface HttpResponse {
  readonly status: number;
  readonly statusText: string;
  readonly contentType: string;
  /** `gzip` and its kin, which we never ask for: the body is not text then. Empty for none. */
  readonly contentEncoding: string;
  readonly location: string;
  readonly body: string;
  readonly complete: boolean;
}

/** A question that was answered. */
export interface HttpExchange {
  readonly response: HttpResponse;
  /** The error, or the deadline's reason, that ended the answer after its headers; null where it ended well. */
  readonly readError: unknown;
  /** The connection is open and clean, and now the caller's; otherwise it was closed. */
  readonly isReusable: boolean;
}

/** What an answer means to the one who asked. */
export interface ResponseEvaluation {
  readonly outcome: ProbeOutcome;
  readonly fault: ProbeFault | null;
  readonly failing: readonly string[];
  readonly htmlPage: boolean;
  readonly body: string;
  readonly detail: string;
}

/** Compares an answer with what its probe expects. A body that was compressed unasked cannot be read: the status alone counts. */
export function evaluateResponse(probe: HttpProbe, received: HttpResponse): ResponseEvaluation {
  const answer = received.contentEncoding === "" ? received : { ...received, body: "" };
  const failing = answer.status === 200 ? [] : (parseFailingChecks(answer.contentType, answer.body) ?? []);
  const fault = faultOf(probe, answer, failing);
  return {
    outcome: fault === null ? "passed" : fault === "probe-denied" ? "denied" : "failed",
    fault,
    failing,
    htmlPage: isHtmlPage(received.contentType, received.body),
    body: truncateBody(answer.body),
    detail: fault === null ? "" : describe(answer, fault),
  };
}

/** Whether the rule accepts this status. */
export function isExpectedStatus(probe: HttpProbe, status: number): boolean {
  return probe.expectStatus.some(({ from, to }) => status >= from && status <= to);
}

function faultOf(probe: HttpProbe, answer: HttpResponse, failing: readonly string[]): ProbeFault | null {
  const { status } = answer;
  if (isExpectedStatus(probe, status)) {
    const readable = answer.contentEncoding === "" || probe.expectBody.kind === "any";
    return readable && matchesExpectation(probe.expectBody, answer.body, answer.complete)
      ? null
      : "probe-unexpected-body";
  }
  if (status === 401 || status === 403) return "probe-denied";
  if (status >= 500 || failing.length > 0) return "probe-answered-unhealthy";
  return "probe-unexpected-status";
}

function describe(answer: HttpResponse, fault: ProbeFault): string {
  if (fault === "probe-unexpected-body") {
    if (answer.contentEncoding !== "")
      return `the body is compressed (${sanitizeLine(answer.contentEncoding, 40)}), though we did not ask for that`;
    return answer.complete ? "the body is not as expected" : "the part of the body that was read is not as expected";
  }
  const line = sanitizeLine(`${answer.status} ${answer.statusText}`);
  return answer.location === "" ? line : `${line}, to ${sanitizeLine(answer.location)}`;
}
