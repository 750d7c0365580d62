import { BOUNDS } from "../bounds.ts";
import type { ProbeOutcome } from "../contract/probe-result.ts";
import type { ProbeFault } from "../contract/reason.ts";
import type { HttpProbe } from "../contract/target.ts";
import { bodyFits, isHtmlPage } from "./body-expectation.ts";
import { readKubernetesList } from "./kubernetes-list.ts";
import { oneLine } from "./shown-text.ts";

/** An answer as it was read; `complete` is false where reading stopped at its limit. Untrusted, free of secrets. */
export interface HttpAnswer {
  readonly status: number;
  readonly statusText: string;
  readonly contentType: string;
  readonly location: string;
  readonly body: string;
  readonly complete: boolean;
}

/** What an answer means to the one who asked. */
export interface AnswerFinding {
  readonly outcome: ProbeOutcome;
  readonly fault: ProbeFault | null;
  readonly failing: readonly string[];
  readonly htmlPage: boolean;
  readonly body: string;
  readonly detail: string;
}

/** Compares an answer with what its probe expects. */
export function readAnswer(probe: HttpProbe, answer: HttpAnswer): AnswerFinding {
  const failing = answer.status === 200 ? [] : (readKubernetesList(answer.contentType, answer.body) ?? []);
  const fault = faultOf(probe, answer, failing);
  return {
    outcome: fault === null ? "passed" : fault === "probe-denied" ? "denied" : "failed",
    fault,
    failing,
    htmlPage: isHtmlPage(answer.contentType, answer.body),
    body: keptBody(answer.body),
    detail: fault === null ? "" : describe(answer, fault),
  };
}

/** Whether the rule accepts this status. */
export function statusFits(probe: HttpProbe, status: number): boolean {
  return probe.expectStatus.some(({ from, to }) => status >= from && status <= to);
}

function faultOf(probe: HttpProbe, answer: HttpAnswer, failing: readonly string[]): ProbeFault | null {
  const { status } = answer;
  if (statusFits(probe, status)) {
    return bodyFits(probe.expectBody, answer.body, answer.complete) ? null : "probe-unexpected-body";
  }
  if (status === 401 || status === 403) return "probe-denied";
  if (status >= 500 || failing.length > 0) return "probe-answered-unhealthy";
  return "probe-unexpected-status";
}

function describe(answer: HttpAnswer, fault: ProbeFault): string {
  if (fault === "probe-unexpected-body") {
    return answer.complete ? "the body is not as expected" : "the part of the body that was read is not as expected";
  }
  const line = oneLine(`${answer.status} ${answer.statusText}`);
  return answer.location === "" ? line : `${line}, to ${oneLine(answer.location)}`;
}

/** The first 4 KiB, never half a character. */
function keptBody(body: string): string {
  const bytes = Buffer.from(body, "utf8");
  if (bytes.length <= BOUNDS.probeBodyKeptBytes) return body;
  return new TextDecoder().decode(bytes.subarray(0, BOUNDS.probeBodyKeptBytes), { stream: true });
}
