import type { ProbeResult } from "../contract/probe-result.ts";
import type { CheckView, ServerView } from "../contract/view.ts";

/** Most sub-checks that a sentence names; the rest is a count. */
const NAMED_SUBCHECKS_MAX = 3;

/** Longest part of HAProxy's own text that a sentence quotes. */
const LAST_CHECK_CHARS = 80;

/** HAProxy's view in one clause: `HAProxy says UP (L4OK)`, `HAProxy says DOWN (L6RSP, "SSL handshake failure")`. */
export function describeView(view: ServerView): string {
  const { status, code } = view.check;
  if (view.tracked !== null) return `HAProxy says ${view.status} (it tracks ${view.tracked})`;
  if (view.state === "no-check") return "HAProxy has no check and takes it for UP";
  if (status === null) return `HAProxy says ${view.status}`;
  // A check that is not HTTP has the code 0.
  return `HAProxy says ${view.status} (${code === null || code === 0 ? status : `${status}/${code}`}${quoteLastCheck(view)})`;
}

/** What the agent check says of a server that it took DOWN: the agent's own words, or why it has none any more. */
export function describeAgent({ agentStatus, agentText, tracked }: ServerView): string {
  if (tracked !== null || agentStatus === null) return "The agent says down, not the health check";
  const words = JSON.stringify(agentText.replace(/^via agent : /, "").slice(0, LAST_CHECK_CHARS));
  const isQuoted = agentText !== "";
  if (agentStatus === "L7STS") return `The agent says ${isQuoted ? words : "down"}, not the health check`;
  const last = isQuoted ? `${agentStatus}, ${words}` : agentStatus;
  return `The agent said down (its last check: ${last}), and HAProxy keeps that until the agent says up`;
}

/** HAProxy's own words about a check that failed; of one that passed they add nothing. */
function quoteLastCheck({ check }: ServerView): string {
  const words = check.text.trim();
  const isSilent = check.status === null || check.status === "INI" || hasPassed(check);
  return isSilent || words === "" ? "" : `, ${JSON.stringify(words.slice(0, LAST_CHECK_CHARS))}`;
}

/** True for the result of a check that passed. */
export function hasPassed({ status }: CheckView): boolean {
  return status !== null && (status.endsWith("OK") || status === "L7OKC");
}

/**
 * Our probe's result in one clause: `/readyz answers 500: etcd failed`. `otherPort`: the port that it went to where that is
 * not the one of the traffic.
 */
export function describeResult(result: ProbeResult, otherPort: number | null = null): string {
  const port = formatOtherPort(otherPort);
  const path = `${requestPath(result.url)}${port}`;
  switch (result.kind) {
    case "answered":
      // A TCP or gRPC answer has neither a path nor a status.
      return result.httpStatus === null
        ? `it answers${formatAnswerNote(result)}`
        : `${path} answers ${result.httpStatus}${formatAnswerNote(result)}`;
    case "refused":
      return `it refuses our connection${port}`;
    case "timed-out":
      return `${describeTimeout(result, path, port)} within ${formatSeconds(result.endedAt - result.sentAt)}`;
    case "reset":
      return result.stage === "tls"
        ? `it closes the connection${port} during the TLS handshake`
        : `it closes the connection instead of answering ${path}`;
    case "tls-failed":
      return `TLS fails${port}${result.detail === "" ? "" : ` (${result.detail})`}`;
    case "dns-failed":
      return `our probe cannot resolve its name${result.detail === "" ? "" : ` (${result.detail})`}`;
    case "protocol-error":
      return `it answers ${path} with something that is not HTTP`;
  }
}

/** ` on port 9000` where that is not the one of the traffic; empty where it is. */
export function formatOtherPort(otherPort: number | null): string {
  return otherPort === null ? "" : ` on port ${otherPort}`;
}

/** The path and query of a URL; the whole text where it is no URL. */
export function requestPath(url: string): string {
  const afterScheme = url.indexOf("://");
  if (afterScheme < 0) return url;
  const slash = url.indexOf("/", afterScheme + 3);
  return slash < 0 ? "/" : url.slice(slash);
}

/** `etcd failed`, `etcd, ping failed`, `etcd, ping, log and 4 more failed`; empty where nothing is named. */
export function formatFailing(failing: readonly string[]): string {
  if (failing.length === 0) return "";
  const named = failing.slice(0, NAMED_SUBCHECKS_MAX).join(", ");
  const more = failing.length - NAMED_SUBCHECKS_MAX;
  return more > 0 ? `${named} and ${more} more failed` : `${named} failed`;
}

function formatAnswerNote(result: ProbeResult): string {
  if (result.failing.length > 0) return `: ${formatFailing(result.failing)}`;
  if (result.fault === "probe-unexpected-body") return " with another body than expected";
  return "";
}

function describeTimeout(result: ProbeResult, path: string, port: string): string {
  switch (result.stage) {
    case "connect":
      return `it does not accept our connection${port}`;
    case "tls":
      return `it does not finish the TLS handshake${port}`;
    case "answer":
      return `it does not answer ${path}`;
  }
}

function formatSeconds(ms: number): string {
  return `${(ms / 1000).toFixed(ms < 9_950 ? 1 : 0)} s`;
}
