import { BOUNDS } from "../bounds.ts";
import type { ProbeResult } from "../contract/probe-result.ts";
import type { Reason } from "../contract/reason.ts";
import { runtimeApiName, UNSAFE_NAME } from "../contract/quote.ts";
import type { RestoreCommand } from "../contract/restore-command.ts";
import type { CheckDepth, Tone, Verdict } from "../contract/verdict.ts";
import type { FileCure, Target } from "../contract/target.ts";
import type { ServerView } from "../contract/view.ts";
import { checkCure } from "./check-cure.ts";
import {
  connectCure,
  isRequestWrong,
  describeRestore,
  pollDownCure,
  redirectCheck,
  requestCure,
  type Restore,
  restoreAgent,
  restoreCommandFor,
  restoreRecovered,
  restoreUnchecked,
  timeoutCure,
} from "./false-down-cure.ts";
import {
  describeAgent,
  describeView,
  formatOtherPort,
  hasPassed,
  requestPath,
  describeResult,
} from "./descriptions.ts";

/** What sentences and advice are made of. */
export interface ReasonInput {
  readonly verdict: Verdict;
  readonly view: ServerView;
  readonly result: ProbeResult | null;
  /** How far HAProxy's check looks; null where that was not seen yet. */
  readonly depth: CheckDepth | null;
  /** HAProxy's check can notice what the probe found. */
  readonly isDetectable: boolean;
  /** The mismatch is confirmed. */
  readonly isConfirmed: boolean;
  /** How often that check runs has been seen. */
  readonly isPaceKnown: boolean;
  /** What is probed; null where nothing is. */
  readonly target: Target | null;
  /** A rule names the path, or the guessed one has answered well. */
  readonly isPathProven: boolean;
  /** The diff of the instance's own haproxy.cfg; null where it is not read, or has none. */
  readonly fileCure: FileCure | null;
  /** The port that the rule probes in place of the traffic's; null where it is the same. */
  readonly otherPort: number | null;
  /** What HAProxy's clients get since the probe fails at the answer; null where they show nothing. */
  readonly clients: "served" | "failing" | null;
  /** The other servers of its backend that are in use and good. */
  readonly healthyLeft: number;
}

/** The texts of one reason. */
export interface ReasonText {
  /** How it is shown while it is not a confirmed mismatch; those are `critical` or `warning` by their verdict. */
  readonly tone: Tone;
  readonly sentence: (evidence: ReasonInput) => string;
  /** What to do besides `restore`, in one line; empty where there is nothing to do. */
  readonly advice: (evidence: ReasonInput) => string;
  /** What takes a false-down in now; the advice starts with it. */
  readonly restore?: (evidence: ReasonInput) => Restore | null;
  /** Lines for haproxy.cfg that cure HAProxy's check; empty where none are known. */
  readonly cure?: (evidence: ReasonInput) => readonly string[];
}

const describeBoth = (e: ReasonInput): string =>
  e.result === null
    ? describeView(e.view)
    : `${describeView(e.view)}; ${describeResult(e.result, e.otherPort)}${describeClients(e)}`;
const noAdvice = (): string => "";

/** A failed probe: what both say, and the check with which HAProxy would see it. */
function probeFaultText(advice: (e: ReasonInput) => string = adviseCheck): ReasonText {
  return advice === adviseCheck
    ? { tone: "warning", sentence: describeBoth, advice, cure: cureOfCheck }
    : { tone: "warning", sentence: describeBoth, advice };
}

/** What HAProxy's own clients get meanwhile; empty where they show nothing. */
function describeClients({ clients }: ReasonInput): string {
  if (clients === null) return "";
  return clients === "served" ? "; HAProxy's clients get 2xx from it" : "; HAProxy's clients get errors from it, too";
}

/** The check with which HAProxy would see the failure. */
function cureOfCheck({
  verdict,
  isDetectable,
  result,
  target,
  depth,
  view,
  otherPort,
  isPathProven,
  fileCure,
}: ReasonInput): readonly string[] {
  if (verdict !== "false-up" || isDetectable) return [];
  if (fileCure !== null) return fileCure;
  if (result === null || target === null || !isPathProven) return [];
  if (result.fault === "probe-protocol-error") return [];
  return checkCure(target, { view, depth, otherPort });
}

function adviseCheck(e: ReasonInput): string {
  if (e.verdict !== "false-up") return "";
  if (e.isDetectable && !e.isConfirmed) {
    return e.isPaceKnown
      ? "HAProxy's own check can see this: wait for it."
      : "HAProxy's own check can see this: wait for it. How often it runs is not known yet, so it gets more time.";
  }
  const name = runtimeApiName(e.view.backend, e.view.server);
  // Draining the last one turns a broken service into none.
  const now =
    e.healthyLeft > 0
      ? `Mitigate: ${name === null ? `drain it. ${UNSAFE_NAME}` : `set server ${name} state drain.`}`
      : `No other server of ${e.view.backend} is known to be healthy: do not drain ${e.view.server}.`;
  if (e.isDetectable) return `HAProxy's own check can see this, and has not taken it out. ${now}`;
  return `HAProxy can't detect this. ${now} Permanent fix: ${describeCheck(e)}.`;
}

function describeCheck(e: ReasonInput): string {
  if (!isHttp(e.result)) return "a check that asks what this probe asks, by option tcp-check, or an agent-check";
  if (!e.isPathProven) return "let HAProxy's check request the server's health path";
  const path = e.result === null ? "the health path" : requestPath(e.result.url);
  const port = formatOtherPort(e.otherPort);
  const needs = e.target !== null && e.target.credentials !== null ? " with credentials" : "";
  const expected = e.target?.guessed === true ? "a 2xx" : "what the rule expects";
  return `let HAProxy's check request ${path}${port}${needs} and expect ${expected}`;
}

function describeUnspeakable({ result, verdict, otherPort }: ReasonInput): string {
  const port = formatOtherPort(otherPort);
  if (result?.stage === "tls") return `our probe does not speak the TLS that it requires${port}`;
  const status = result?.httpStatus ?? null;
  return status === null
    ? `our probe does not speak its protocol${port}`
    : `it answers ${status}${port} in a form that ${verdict === "agree-down" ? "neither HAProxy nor our probe reads" : "our probe cannot read"}`;
}

/** Over TCP and gRPC there is no path that `option httpchk` could ask for. */
function isHttp(result: ProbeResult | null): boolean {
  return result === null || result.url.startsWith("http");
}

const quietText = (
  sentence: (e: ReasonInput) => string,
  advice: (e: ReasonInput) => string = noAdvice,
): ReasonText => ({
  tone: "quiet",
  sentence,
  advice,
});

const warningText = (
  sentence: (e: ReasonInput) => string,
  advice: (e: ReasonInput) => string = noAdvice,
): ReasonText => ({
  tone: "warning",
  sentence,
  advice,
});

/** The texts of every reason. */
export const REASON_TEXTS: Readonly<Record<Reason, ReasonText>> = {
  maintenance: quietText((e) => `In maintenance: HAProxy says ${e.view.status}`),
  drain: quietText((e) => `Draining in HAProxy (${e.view.status}): it gets persistent sessions only`),
  nolb: quietText((e) => `HAProxy says ${e.view.status}: it gets persistent sessions only`),
  "weight-zero": quietText((e) => `HAProxy says ${e.view.status} with weight 0: it gets persistent sessions only`),
  "template-slot": quietText(
    (e) =>
      `No address (HAProxy says ${e.view.status}): an empty slot of a server-template, or a name without an answer`,
  ),

  "no-address": quietText(
    (e) => `${describeView(e.view)}; there is no address to probe`,
    (e) =>
      e.view.address.kind === "unix"
        ? "Give its UNIX socket an entry in address-map."
        : "Read `show servers state` (socket level user is enough), or set stats show-legends on the stats page.",
  ),
  "no-probe-rule": quietText((e) => `${describeView(e.view)}; no rule says how to probe it`, adviseRule),
  skipped: quietText((e) => `${describeView(e.view)}; a rule says not to probe it`),

  "probe-answered-unhealthy": probeFaultText(),
  "probe-unexpected-status": probeFaultText(),
  "probe-unexpected-body": probeFaultText(),
  "probe-refused": probeFaultText(),
  "probe-timed-out": probeFaultText(),
  "probe-reset": probeFaultText(),
  "probe-tls-failed": probeFaultText(),
  "probe-certificate-expired": probeFaultText((e) =>
    e.verdict === "false-up" ? "Renew the certificate: clients that verify it are refused." : "",
  ),
  "probe-protocol-error": probeFaultText(),
  "probe-untrusted": quietText(
    (e) =>
      `${describeView(e.view)}; its certificate${formatOtherPort(e.otherPort)} is not trusted under the rule${formatDetail(e)}`,
    adviseUntrusted,
  ),
  "probe-denied": quietText(
    (e) =>
      `${describeView(e.view)}; it is alive and rejects our probe${formatOtherPort(e.otherPort)} (${e.result?.httpStatus ?? e.result?.detail ?? "401"})`,
    adviseDenied,
  ),
  "probe-cannot-speak": quietText(
    (e) => `${describeView(e.view)}; ${describeUnspeakable(e)}${formatDetail(e)}`,
    adviseUnspeakable,
  ),
  "probe-dns-failed": quietText(
    describeBoth,
    () => "Fix the name in address-map, or the resolver of the machine haprobe runs on.",
  ),

  "haproxy-stale": warningText(
    () => "HAProxy has not answered for too long: nothing is known of this server now",
    () => "Look at the instance: is HAProxy running, and may haprobe read its stats?",
  ),
  "haproxy-status-unknown": warningText(
    (e) =>
      e.view.status === ""
        ? "HAProxy's table has no status for this server"
        : `HAProxy's status ${JSON.stringify(e.view.status)} is unknown to this version of haprobe`,
    () => "Update haprobe; or check what is between it and HAProxy.",
  ),
  "name-unresolved": warningText(
    (e) => `No address: HAProxy cannot resolve ${e.view.fqdn ?? "its name"} (${e.view.status})`,
    () => "Check the name, and the resolvers section of haproxy.cfg.",
  ),
  "haproxy-unverified": quietText((e) => `${describeView(e.view)}, but has not checked it since its start`),
  "probe-pending": quietText((e) => `${describeView(e.view)}; our first probe is still under way`),
  "probe-stale": warningText(
    (e) => `${describeView(e.view)}; our last probe result is too old, and this machine has sent no newer one`,
    () => "Look in haprobe's log for why its probes are not sent: no route, a local firewall, no free ports or files.",
  ),
  "probe-path-missing": quietText(
    (e) => `${describeBoth(e)}, which says nothing about a guessed path`,
    () => "Write a rule with the right path, or skip: true.",
  ),
  "probe-rate-limited": quietText(
    (e) => `${describeBoth(e)}: it limits our probes`,
    () => "Write a rule with a health path that is not limited, or a longer every.",
  ),
  "probe-answer-meaningless": quietText(
    (e) => `${describeBoth(e)} with a page for people, which says nothing about a guessed path`,
    () => "Write a rule with the right path, or with expect.",
  ),
  "path-differs": warningText((e) => `${describeBoth(e)}. ${describeDifference(e)}`, advisePath),
  "never-reached": quietText(
    (e) =>
      e.target?.guessed === true
        ? `${describeBoth(e)}. The guessed probe has never worked here, so its failure proves nothing`
        : `${describeBoth(e)}. haprobe has never connected to it`,
    (e) => (e.target?.guessed === true ? "Write a rule that says how to probe it, or skip: true." : advisePath(e)),
  ),
  "clients-served": warningText(
    (e) =>
      `${describeBoth(e)}: ${e.target?.guessed === true ? "the guessed path may be no health path" : "the rule may expect another status than a healthy server sends"}`,
    (e) =>
      e.target?.guessed === true
        ? "Write a rule with the server's health path, or skip: true."
        : "Compare path and expect of the rule with what a healthy server answers to this machine.",
  ),
  "prober-blind": warningText(
    (e) =>
      `${describeView(e.view)}; haprobe cannot reach most servers of its group, so its own path is likely at fault`,
    () => "Look at the network of the machine haprobe runs on.",
  ),
  "vantage-silent": warningText(
    () => "No vantage that watches this server is heard",
    () => "Look at haprobe on that host, and at its way to this hub.",
  ),
  draining: warningText(
    (e) =>
      `It shuts down (${e.result === null ? "shutdown failed" : describeResult(e.result, e.otherPort)}); ${describeView(e.view)}`,
  ),
  starting: warningText(
    (e) =>
      `${isStartHookFailing(e) ? "It is starting" : "It has just come up"}: ${e.result === null ? "no answer yet" : describeResult(e.result, e.otherPort)}; ${describeView(e.view)}`,
  ),
  "check-asks-something-else": {
    tone: "warning",
    sentence: (e) => `${describeBoth(e)}. ${describeOtherQuestion(e)}`,
    advice: (e) =>
      isAnsweredWrongly(e)
        ? "Permanent fix: let HAProxy's check request and expect what the rule does; if both are meant, mark it expected."
        : "Compare method, path, host, port and expectation of the check with the rule, and what the server answers to each address; if both are meant, mark it expected.",
    restore: (e) => (isAnsweredWrongly(e) ? restoreUnchecked(e) : null),
    cure: (e) => (isAnsweredWrongly(e) ? requestCure(e) : isCheckTimedOut(e) ? timeoutCure(e) : []),
  },
  "haproxy-denied": {
    tone: "warning",
    sentence: (e) => `${describeBoth(e)}. HAProxy's check was denied (401 or 403)`,
    advice: (e) =>
      `Permanent fix: give the check credentials (http-check send … hdr Authorization, or crt FILE on the server line), or open the health path to it${isKubernetes(e) ? " by an AuthenticationConfiguration" : ""}. option httpchk alone sends OPTIONS.`,
    restore: restoreUnchecked,
    cure: requestCure,
  },
  "haproxy-agent-down": {
    tone: "warning",
    sentence: (e) => `${describeBoth(e)}. ${describeAgent(e.view)}`,
    advice: () => "Permanent fix: look at what the agent reports.",
    restore: restoreAgent,
  },
  "haproxy-observed-errors": {
    tone: "warning",
    sentence: (e) => `${describeBoth(e)}. HAProxy took it out because real traffic failed (observe)`,
    advice: () => "Look at the server's own errors first: real traffic shows more than a probe.",
  },
  "haproxy-not-rechecked": {
    tone: "warning",
    sentence: (e) =>
      `${describeBoth(e)}. ${isCheckPassed(e) ? "HAProxy's check passes again, and not often enough yet" : "It has recovered, and HAProxy's check has not passed since"}`,
    advice: (e) => (e.isConfirmed ? "Permanent fix: check it more often while it is DOWN, or a lower rise." : ""),
    restore: restoreRecovered,
    cure: (e) => (e.isConfirmed ? pollDownCure(e) : []),
  },
  "haproxy-check-failing": {
    tone: "warning",
    sentence: (e) => `${describeBoth(e)}. HAProxy's check fails before any answer, and our probe does not`,
    advice: () =>
      "Permanent fix: compare TLS (check-ssl), port, address, source, server name (check-sni) and timeout of HAProxy's check with the rule's.",
    restore: redirectCheck,
    cure: connectCure,
  },
  "not-recorded": quietText(() => NOT_RECORDED),
};

/** A rule for a server that is not probed. HTTP on the port of another protocol makes MySQL block the sender, so it is advised where HTTP is spoken. */
function adviseRule({ view: { backend, check, checkElsewhere, checkPort } }: ReasonInput): string {
  const match = `match: {backend: ${JSON.stringify(backend)}}`;
  if (checkPort !== undefined && check.code !== null && check.code >= 100) {
    return `Add to probes, with the path of HAProxy's check: {${match}, http: {port: ${checkPort}, path: /healthz}}`;
  }
  const where = checkElsewhere ? "on its traffic's port" : "there";
  return `If HTTP is spoken ${where}, add to probes: {${match}, http: {path: /healthz}}. Otherwise a tcp or grpc rule, or skip: true.`;
}

/** HAProxy's check and our probe got their answers: what it requests and expects is in haproxy.cfg only. */
function describeOtherQuestion({ verdict, view: { check } }: ReasonInput): string {
  if (verdict === "false-up")
    return "HAProxy's check passes and our probe fails: their requests, expectations or answers differ";
  return check.status === "L7TOUT" || check.status === "PROCTOUT"
    ? "HAProxy's check does not get its answer in time, and our probe does"
    : "HAProxy's check fails and our probe passes: their requests, expectations or answers differ";
}

/** HAProxy's check of a DOWN server was answered, and its request or expectation is at fault. */
function isAnsweredWrongly({ verdict, view }: ReasonInput): boolean {
  return verdict === "false-down" && isRequestWrong(view);
}

function isCheckTimedOut({ verdict, view }: ReasonInput): boolean {
  return verdict === "false-down" && view.check.status === "L7TOUT";
}

/** Sentence of a moment of the past about which nothing was recorded. */
export const NOT_RECORDED = "Nothing was recorded of this time";

/** True where an apiserver says itself that it starts; otherwise it was only seen to be unavailable just before. */
function isStartHookFailing({ result }: ReasonInput): boolean {
  return result !== null && result.failing.some((name) => name.startsWith("poststarthook/"));
}

function isCheckPassed({ view: { check } }: ReasonInput): boolean {
  return hasPassed(check);
}

/** What is known of a failure that HAProxy does not have. */
function describeDifference({ result }: ReasonInput): string {
  return result?.stage === "tls"
    ? "HAProxy completes the TLS handshake and we do not"
    : "HAProxy connects and we do not";
}

/** A network can swallow connects; what happens after one depends on what the probe sends. */
function advisePath({ result, target }: ReasonInput): string {
  if (result === null || result.stage === "connect") {
    return "Look for a firewall, NAT or another network between haprobe and the server; or map its address (address-map).";
  }
  const keys = ["server-name", "client-cert-file", "proxy-protocol"];
  if (target?.probe.type === "http") keys.push("grpc or tcp in place of http");
  return `Compare the rule with what the server expects: ${keys.join(", ")}.`;
}

function adviseUntrusted({ result }: ReasonInput): string {
  if (result?.detail.includes("intermediate certificate") === true) {
    return "Let the server send its intermediate certificate, or add that to the rule's ca-file; if it sends it, the ca-file lacks the authority.";
  }
  return "Set ca-file and server-name in the rule (or insecure-skip-verify: true, which accepts any certificate).";
}

/** Keys of the rule with which the probe may speak what the server speaks. */
function adviseUnspeakable({ result, target }: ReasonInput): string {
  const probe = target?.probe.type === "http" ? target.probe : null;
  if (result?.stage === "tls") {
    const version = probe === null || probe.version === "auto" ? "" : ", version of http";
    return `Give the rule what the server requires: server-name, client-cert-file, tls (min-version, ciphers)${version}; or probe another port of it.`;
  }
  if (probe !== null && probe.version !== "auto" && result?.httpStatus === null) {
    return "Set version: auto in the rule's http, or probe another port of it.";
  }
  return "Probe another path or port of it, or let the server send a response that HTTP parsers agree on.";
}

function adviseDenied(e: ReasonInput): string {
  if (e.result?.stage === "tls")
    return "Give the rule a client-cert-file and a client-key-file that the server accepts.";
  if (!isKubernetes(e)) return "Give the rule credentials, or open the health path to requests without any.";
  return e.result?.httpStatus === 403
    ? "Check the method (GET) and the path first, then the binding of system:public-info-viewer."
    : "Open the health paths with an AuthenticationConfiguration, or give the rule a bearer-token-file.";
}

/** True for an apiserver: other servers have its paths, but neither its port nor its form of an error. */
function isKubernetes({ result, target }: ReasonInput): boolean {
  if (result === null || !/^\/(readyz|livez|healthz)\b/.test(requestPath(result.url))) return false;
  return target?.port === BOUNDS.apiserverPort || /"kind":\s*"Status"/.test(result.body);
}

function formatDetail(e: ReasonInput): string {
  return e.result === null || e.result.detail === "" ? "" : ` (${e.result.detail})`;
}

/** What to do about a reason in one line, the command for now first. */
export function describeAdvice(text: ReasonText, e: ReasonInput): string {
  return `${describeRestore(e.view, text.restore?.(e) ?? null)}${text.advice(e)}`;
}

/** The command that takes a false-down in now; null where none is safe. */
export function restoreCommandOf(text: ReasonText, e: ReasonInput): RestoreCommand | null {
  return restoreCommandFor(e.view, text.restore?.(e) ?? null);
}

/** The sentence of `agree-up`. */
export function describeAgreeUp(e: ReasonInput): string {
  return describeBoth(e);
}
