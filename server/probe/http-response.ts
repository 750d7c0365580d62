import { BOUNDS } from "../bounds.ts";
import type { ProbeOutcome } from "../contract/probe-result.ts";
import type { ProbeFault } from "../contract/reason.ts";
import type { HttpProbe } from "../contract/target.ts";
import { matchesExpectation, isHtmlPage } from "./body-expectation.ts";
import { parseFailingChecks } from "./failing-checks.ts";
import type { RawHead } from "./response-heads.ts";
import { redactSecrets } from "./redaction.ts";
import { truncateBody, sanitizeLine } from "./untrusted-text.ts";

/** A response as it was read; `complete` is false where reading stopped at its limit. Untrusted. */
export interface HttpResponse {
  readonly status: number;
  readonly statusText: string;
  readonly contentType: string;
  /** A compression that could not be decoded: the body is not text then. Empty for none. */
  readonly contentEncoding: string;
  readonly location: string;
  readonly body: string;
  readonly complete: boolean;
}

export type ResponseWaste = "pieces" | "expansion" | "unread";

/** A request that got a response. */
export interface HttpExchange {
  readonly response: HttpResponse;
  /** The error, or the deadline's reason, that ended the response after its headers; null where it completed. */
  readonly readError: unknown;
  /** Why reading it costs far more than other responses: many small pieces, a body that expands too far, or one of which most was left unread; null: it does not. */
  readonly waste: ResponseWaste | null;
  /** Its head as it was received, valid until `onExchange` returns; of bytes the first `headLength`. */
  readonly head: RawHead;
  readonly headLength: number;
  /** The connection is open and idle, and now owned by the caller; otherwise it was closed. */
  readonly isReusable: boolean;
}

/** The meaning of a response to its probe. */
export interface ResponseEvaluation {
  readonly outcome: ProbeOutcome;
  readonly fault: ProbeFault | null;
  readonly failing: readonly string[];
  readonly htmlPage: boolean;
  readonly body: string;
  readonly detail: string;
}

/**
 * Compares a response with the probe's expectation. Of a body in an unknown compression only the status
 * counts. `secrets` are redacted afterwards, so that a secret such as `ok` does not change the outcome.
 */
export function evaluateResponse(
  probe: HttpProbe,
  received: HttpResponse,
  secrets: readonly string[] = [],
): ResponseEvaluation {
  const response = received.contentEncoding === "" ? received : { ...received, body: "" };
  const failing = response.status === 200 ? [] : (parseFailingChecks(response.contentType, response.body) ?? []);
  const fault = faultOf(probe, response, failing);
  return {
    outcome: fault === null ? "passed" : fault === "probe-denied" ? "denied" : "failed",
    fault,
    failing: secrets.length === 0 ? failing : failing.map((name) => redactSecrets(name, secrets)),
    htmlPage: isHtmlPage(received.contentType, received.body),
    body: truncateBody(redactBody(response.body, secrets)),
    detail: fault === null ? "" : describe(response, fault, secrets),
  };
}

/** Whether the rule accepts this status. */
export function isExpectedStatus(probe: HttpProbe, status: number): boolean {
  return probe.expectStatus.some(({ from, to }) => status >= from && status <= to);
}

function faultOf(probe: HttpProbe, response: HttpResponse, failing: readonly string[]): ProbeFault | null {
  const { status } = response;
  if (isExpectedStatus(probe, status)) {
    if (response.contentEncoding !== "" && probe.expectBody.kind !== "any") return "probe-cannot-speak";
    return matchesExpectation(probe.expectBody, response.body, response.complete) ? null : "probe-unexpected-body";
  }
  if (status === 401 || status === 403) return "probe-denied";
  if (status >= 500 || failing.length > 0) return "probe-answered-unhealthy";
  return "probe-unexpected-status";
}

/** Only what may be shown is searched, and one form more, so that none is cut in half. */
function redactBody(body: string, secrets: readonly string[]): string {
  const [longest] = secrets;
  if (longest === undefined) return body;
  return redactSecrets(body.slice(0, BOUNDS.probeBodyKeptBytes + longest.length), secrets);
}

function describe(response: HttpResponse, fault: ProbeFault, secrets: readonly string[]): string {
  if (fault === "probe-cannot-speak")
    return `the body cannot be decoded (${sanitizeLine(response.contentEncoding, 40)})`;
  if (fault === "probe-unexpected-body") {
    return response.complete ? "the body is not as expected" : "the part of the body that was read is not as expected";
  }
  const line = sanitizeLine(`${response.status} ${redactSecrets(response.statusText, secrets)}`);
  return response.location === "" ? line : `${line}, to ${sanitizeLine(redactSecrets(response.location, secrets))}`;
}
