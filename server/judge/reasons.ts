import type { ProbeResult } from "../contract/probe-result.ts";
import type { Reason } from "../contract/reason.ts";
import type { CheckDepth, Tone, Verdict } from "../contract/verdict.ts";
import type { ServerView } from "../contract/view.ts";
import { haproxySays, pathOf, probeSays } from "./words.ts";

/** What a sentence is made of. */
export interface Evidence {
  readonly verdict: Verdict;
  readonly view: ServerView;
  readonly result: ProbeResult | null;
  /** How far HAProxy's check looks; null where that was not seen yet. */
  readonly depth: CheckDepth | null;
  /** HAProxy's check can notice what the probe found. */
  readonly noticeable: boolean;
  /** The other servers of its backend that are in use and good. */
  readonly healthyLeft: number;
}

/** The words of one reason. */
export interface ReasonWords {
  /** How it is shown while it is not a confirmed mismatch; those are `critical` or `warning` by their verdict. */
  readonly tone: Tone;
  readonly sentence: (evidence: Evidence) => string;
  /** What to do, in one line; empty where nothing is to be done. */
  readonly advice: (evidence: Evidence) => string;
}

const both = (e: Evidence): string =>
  e.result === null ? haproxySays(e.view) : `${haproxySays(e.view)}; ${probeSays(e.result)}`;
const nothing = (): string => "";

/** A fault of the probe: both words, and what HAProxy's check would have to be to see it. */
function fault(advice: (e: Evidence) => string = checkAdvice): ReasonWords {
  return { tone: "warning", sentence: both, advice };
}

function checkAdvice(e: Evidence): string {
  if (e.verdict !== "false-up") return "";
  const path = e.result === null ? "/healthz" : pathOf(e.result.url);
  const name = `${e.view.backend}/${e.view.server}`;
  if (e.noticeable) return "HAProxy's own check can see this: give it its time.";
  const cure = isHttp(e.result)
    ? `option httpchk, http-check send meth GET uri ${path}, http-check expect status 200`
    : "a check that asks what this probe asks, by option tcp-check, or an agent-check";
  const line = e.depth === "none" ? `${cure}, and check on the server line` : cure;
  // Draining the last one turns a broken service into none.
  const now =
    e.healthyLeft > 0
      ? `Right now: set server ${name} state drain.`
      : `${e.view.server} is the last one: draining it stops ${e.view.backend}.`;
  return `HAProxy will not notice. ${now} For good: ${line}.`;
}

/** Over TCP and gRPC there is no path that `option httpchk` could ask for. */
function isHttp(result: ProbeResult | null): boolean {
  return result === null || result.url.startsWith("http");
}

const quiet = (sentence: (e: Evidence) => string, advice: (e: Evidence) => string = nothing): ReasonWords => ({
  tone: "quiet",
  sentence,
  advice,
});

const warning = (sentence: (e: Evidence) => string, advice: (e: Evidence) => string = nothing): ReasonWords => ({
  tone: "warning",
  sentence,
  advice,
});

/** Every reason with its words. The compiler refuses a reason without a row here. */
export const REASON_WORDS: Readonly<Record<Reason, ReasonWords>> = {
  maintenance: quiet((e) => `In maintenance: HAProxy says ${e.view.status}`),
  drain: quiet((e) => `Draining in HAProxy (${e.view.status}): no new sessions`),
  nolb: quiet((e) => `HAProxy says ${e.view.status}: no new sessions, persistent ones stay`),
  "weight-zero": quiet((e) => `HAProxy says ${e.view.status} with weight 0: no new sessions`),
  "template-slot": quiet(
    (e) =>
      `No address (HAProxy says ${e.view.status}): an empty slot of a server-template, or a name without an answer`,
  ),

  "no-address": quiet(
    (e) => `${haproxySays(e.view)}; there is no address to probe`,
    (e) =>
      e.view.address.kind === "unix"
        ? "Give its UNIX socket an entry in address-map."
        : "Read `show servers state` (socket level user is enough), or set stats show-legends on the stats page.",
  ),
  "no-probe-rule": quiet(
    (e) => `${haproxySays(e.view)}; no rule says how to probe it`,
    (e) => `Add to probes: {match: {backend: "${e.view.backend}"}, http: {path: /healthz}}`,
  ),
  skipped: quiet((e) => `${haproxySays(e.view)}; a rule says not to probe it`),

  "probe-answered-unhealthy": fault(),
  "probe-unexpected-status": fault(),
  "probe-unexpected-body": fault(),
  "probe-refused": fault(),
  "probe-timed-out": fault(),
  "probe-reset": fault(),
  "probe-tls-failed": fault(),
  "probe-certificate-expired": fault((e) =>
    e.verdict === "false-up" ? "Renew the certificate: clients that verify it are refused." : "",
  ),
  "probe-protocol-error": fault(),
  "probe-untrusted": quiet(
    (e) => `${haproxySays(e.view)}; its certificate is not trusted under the rule${detail(e)}`,
    () =>
      "Set ca-file and server-name in the rule (or insecure-skip-verify: true, which judges any certificate as good).",
  ),
  "probe-denied": quiet(
    (e) =>
      `${haproxySays(e.view)}; it is alive and denies our probe (${e.result?.httpStatus ?? e.result?.detail ?? "401"})`,
    (e) =>
      e.result?.httpStatus === 403
        ? "Check the method (GET) and the path first, then the binding of system:public-info-viewer."
        : "Open the health paths with an AuthenticationConfiguration, or give the rule a bearer-token-file.",
  ),
  "probe-dns-failed": quiet(
    both,
    () => "Mend the name in address-map, or the resolver of the machine haprobe runs on.",
  ),

  "haproxy-stale": warning(
    () => "HAProxy has not answered for too long: nothing is known of this server now",
    () => "Look at the instance: is HAProxy running, and may haprobe read its stats?",
  ),
  "haproxy-unverified": quiet((e) => `${haproxySays(e.view)}, but has not checked it since its start`),
  "probe-pending": quiet((e) => `${haproxySays(e.view)}; our first probe is still under way`),
  "probe-path-missing": quiet(
    (e) => `${both(e)}, which says nothing about a guessed path`,
    () => "Write a rule with the right path, or skip: true.",
  ),
  "probe-rate-limited": quiet(
    (e) => `${both(e)}: it limits our probes`,
    () => "Write a rule with a health path that is not limited, or a longer every.",
  ),
  "probe-answer-meaningless": quiet(
    (e) => `${both(e)} with a page for people, which says nothing about a guessed path`,
    () => "Write a rule with the right path, or with expect.",
  ),
  "path-differs": warning(
    (e) => `${both(e)}. HAProxy's connections get through and ours do not: the paths differ`,
    () => "Look for a firewall, NAT or network between haprobe and the server; or map its address (address-map).",
  ),
  "never-reached": quiet(
    (e) => `${both(e)}. haprobe never got an answer from it`,
    () => "Is it reachable from here? Otherwise map its address (address-map), write a rule, or skip: true.",
  ),
  "prober-blind": warning(
    (e) => `${haproxySays(e.view)}; haprobe cannot reach most servers, so its own path is likely at fault`,
    () => "Look at the network of the machine haprobe runs on.",
  ),
  draining: warning(
    (e) =>
      `It shuts down on purpose (${e.result === null ? "shutdown failed" : probeSays(e.result)}); ${haproxySays(e.view)}`,
  ),
  starting: warning(
    (e) => `It is starting: ${e.result === null ? "no answer yet" : probeSays(e.result)}; ${haproxySays(e.view)}`,
  ),
  "check-asks-something-else": {
    tone: "warning",
    sentence: (e) =>
      e.verdict === "false-up"
        ? `${both(e)}. HAProxy's check passes because it asks something else`
        : `${both(e)}. HAProxy's check asks something else`,
    advice: () =>
      "Compare the check's method, path and expectation with the probe's rule; if both are meant, mark it expected.",
  },
  "haproxy-denied": {
    tone: "warning",
    sentence: (e) => `${both(e)}. HAProxy's check is denied: it sends no (or bad) credentials`,
    advice: () =>
      'Give the check what the probe has: http-check send … hdr Authorization "Bearer ${TOKEN}" or crt FILE on the server line; or open the health paths with an AuthenticationConfiguration.',
  },
  "haproxy-agent-down": {
    tone: "warning",
    sentence: (e) => `${both(e)}. The agent says down, not the health check`,
    advice: (e) => `Ask the agent's owner; set server ${e.view.backend}/${e.view.server} agent up overrules it.`,
  },
  "haproxy-observed-errors": {
    tone: "warning",
    sentence: (e) => `${both(e)}. HAProxy took it out because real traffic failed (observe)`,
    advice: () => "Trust the traffic: look at the server's own errors before the probe's pass.",
  },
  "haproxy-check-failing": {
    tone: "warning",
    sentence: (e) => `${both(e)}. HAProxy's check does not get through`,
    advice: () => "Compare port, address, TLS and network of HAProxy's check with ours.",
  },
};

function detail(e: Evidence): string {
  return e.result === null || e.result.detail === "" ? "" : ` (${e.result.detail})`;
}

/** The sentence of an agreement that both are well. */
export function agreeUpSentence(e: Evidence): string {
  return both(e);
}
