import type { ProbeResult } from "../../server/contract/probe-result.ts";
import type { Assignment, JudgePolicy, Target } from "../../server/contract/target.ts";
import type { CheckStatus, ServerState, ServerView } from "../../server/contract/view.ts";
import { type Judgement, judgeServer } from "../../server/judge/judge-server.ts";
import type { ServerMemory } from "../../server/judge/server-memory.ts";
import { NO_CONTEXT, type JudgeContext } from "../../server/judge/judge-context.ts";

/** The defaults of the configuration, in the judge's words. */
export const POLICY: JudgePolicy = {
  rise: 1,
  fall: 2,
  graceMs: 30_000,
  learnsGrace: false,
  startGraceMs: 30_000,
  drainGraceMs: 120_000,
  sameQuestion: false,
  expected: null,
};

export const TARGET: Target = {
  key: "default|10.0.0.11:6443|readyz",
  network: "default",
  host: "10.0.0.11",
  port: 6443,
  socketPath: null,
  proxyProtocol: null,
  probe: {
    type: "http",
    scheme: "https",
    method: "GET",
    path: "/readyz",
    hostHeader: "kubernetes",
    version: "auto",
    headers: {},
    expectStatus: [{ from: 200, to: 299 }],
    expectBody: { kind: "any" },
    tls: { serverName: "kubernetes", caFile: "/ca.pem", verify: true, minVersion: null, ciphers: null },
  },
  credentials: null,
  guessed: false,
  everyMs: 1_000,
  fastEveryMs: 200,
  timeoutMs: 5_000,
  connection: "fresh",
};

const STATES: Readonly<Record<string, ServerState>> = {
  UP: "up",
  DOWN: "down",
  NOLB: "nolb",
  DRAIN: "drain",
  MAINT: "maint",
  no: "no-check",
  "": "unknown",
  OPEN: "unknown",
};

/**
 * A view in HAProxy's own words: `haproxyView("UP 2/3", "L4OK")`, `haproxyView("DOWN", "L7STS/401")`. Health follows the
 * counting as HAProxy's own arithmetic has it (rise 2, fall 3).
 */
export function haproxyView(status: string, check = "", more: Partial<ServerView> = {}, failures = 0): ServerView {
  const state = STATES[status.split(" ")[0] ?? ""] ?? "up";
  const counted = /(-?\d+)\/(\d+)/.exec(status);
  const counting = counted === null ? null : { n: Number(counted[1]), of: Number(counted[2]) };
  const [word = "", code] = check.replace("* ", "").split("/");
  const full = state === "down" ? 0 : 4;
  const health = counting === null ? full : state === "down" ? counting.n : counting.n + 1;
  return {
    backend: "k8s-api",
    server: "cp-1",
    proxyId: 2,
    serverId: 1,
    mode: "tcp",
    status,
    state,
    counting,
    byAgent: status.includes("(agent)"),
    weight: 1,
    backup: false,
    check: {
      status: word === "" ? null : (word as CheckStatus),
      running: check.startsWith("* "),
      code: code === undefined ? null : Number(code),
      text: "",
      durationMs: 1,
      health: word === "" ? null : health,
      rise: word === "" ? null : 2,
      fall: word === "" ? null : 3,
      failures: word === "" ? null : failures,
    },
    agentStatus: null,
    agentText: "",
    tracked: null,
    address: { kind: "ip", host: "10.0.0.11", port: 6443 },
    fqdn: null,
    checkElsewhere: false,
    sessionsTotal: 0,
    sessionsCurrent: 0,
    bytesOut: 0,
    connectErrors: 0,
    responseErrors: 0,
    retries: 0,
    responses2xx: 0,
    responses5xx: 0,
    lastChangeSeconds: 0,
    ...more,
  };
}

/** The answers and silences of a server, as the prober reports them. */
export const PROBE_CASES = {
  ok: { outcome: "passed", kind: "answered", stage: "answer", httpStatus: 200, fault: null },
  etcd: {
    outcome: "failed",
    kind: "answered",
    stage: "answer",
    httpStatus: 500,
    fault: "probe-answered-unhealthy",
    failing: ["etcd"],
  },
  "503": {
    outcome: "failed",
    kind: "answered",
    stage: "answer",
    httpStatus: 503,
    fault: "probe-answered-unhealthy",
  },
  "404": { outcome: "failed", kind: "answered", stage: "answer", httpStatus: 404, fault: "probe-unexpected-status" },
  "429": { outcome: "failed", kind: "answered", stage: "answer", httpStatus: 429, fault: "probe-unexpected-status" },
  "wrong body": {
    outcome: "failed",
    kind: "answered",
    stage: "answer",
    httpStatus: 200,
    fault: "probe-unexpected-body",
  },
  page: { outcome: "passed", kind: "answered", stage: "answer", httpStatus: 200, fault: null, htmlPage: true },
  "401": { outcome: "denied", kind: "answered", stage: "answer", httpStatus: 401, fault: "probe-denied" },
  "403": { outcome: "denied", kind: "answered", stage: "answer", httpStatus: 403, fault: "probe-denied" },
  shutdown: {
    outcome: "failed",
    kind: "answered",
    stage: "answer",
    httpStatus: 500,
    fault: "probe-answered-unhealthy",
    failing: ["shutdown"],
  },
  poststarthook: {
    outcome: "failed",
    kind: "answered",
    stage: "answer",
    httpStatus: 500,
    fault: "probe-answered-unhealthy",
    failing: ["poststarthook/rbac/bootstrap-roles"],
  },
  refused: { outcome: "failed", kind: "refused", stage: "connect", fault: "probe-refused" },
  unreachable: { outcome: "failed", kind: "timed-out", stage: "connect", fault: "probe-timed-out" },
  mute: { outcome: "failed", kind: "timed-out", stage: "tls", fault: "probe-timed-out" },
  slam: { outcome: "failed", kind: "reset", stage: "tls", fault: "probe-reset" },
  "answer reset": { outcome: "failed", kind: "reset", stage: "answer", fault: "probe-reset" },
  hang: { outcome: "failed", kind: "timed-out", stage: "answer", fault: "probe-timed-out" },
  expired: { outcome: "failed", kind: "tls-failed", stage: "tls", fault: "probe-certificate-expired" },
  untrusted: { outcome: "failed", kind: "tls-failed", stage: "tls", fault: "probe-untrusted" },
  "cannot-speak": { outcome: "failed", kind: "protocol-error", stage: "answer", fault: "probe-cannot-speak" },
  unreadable: {
    outcome: "failed",
    kind: "protocol-error",
    stage: "answer",
    httpStatus: 200,
    fault: "probe-cannot-speak",
  },
  dns: { outcome: "failed", kind: "dns-failed", stage: "connect", fault: "probe-dns-failed" },
} as const satisfies Record<string, Partial<ProbeResult>>;

export type ProbeCase = keyof typeof PROBE_CASES;

/** A result as the prober would give it. */
export function probeResult(
  answer: ProbeCase,
  seq: number,
  sentAt: number,
  tookMs = 2,
  target = TARGET.key,
): ProbeResult {
  return {
    vantage: "here",
    target,
    seq,
    sentAt,
    endedAt: sentAt + tookMs,
    url: "https://10.0.0.11:6443/readyz",
    httpStatus: null,
    failing: [],
    phasesMs: { connect: null, tls: null, answer: null },
    body: "",
    htmlPage: false,
    certificateExpiresAt: null,
    detail: "",
    ...PROBE_CASES[answer],
  };
}

/** One server before the judge, on a timeline in seconds. Each call hands in evidence and returns what the judge says then. */
export class JudgeHarness {
  memory: ServerMemory | null = null;
  judgement: Judgement | null = null;
  context: JudgeContext = NO_CONTEXT;
  #view: ServerView | null = null;
  #viewAt = 0;
  #results: ProbeResult[] = [];
  #seq = 0;
  readonly #assignment: Assignment;

  constructor(
    policy: Partial<JudgePolicy> = {},
    target: Partial<Target> | null = {},
    assigned: { readonly otherPort?: number } = {},
  ) {
    const full = { ...POLICY, ...policy };
    this.#assignment =
      target === null
        ? { kind: "none", reason: "no-probe-rule", policy: full }
        : { kind: "target", target: { ...TARGET, ...target }, policy: full, ...assigned };
  }

  /** HAProxy's word at `s` seconds. */
  view(s: number, status: string, check = "", more: Partial<ServerView> = {}, failures = 0): string {
    this.#view = haproxyView(status, check, more, failures);
    this.#viewAt = s * 1_000;
    return this.judgeAt(s);
  }

  /** Our word: a probe sent at `s` seconds. `more`: what its result says besides. */
  probe(s: number, answer: ProbeCase, tookSeconds = 0.002, more: Partial<ProbeResult> = {}): string {
    this.#seq += 1;
    this.#results = [{ ...probeResult(answer, this.#seq, s * 1_000, tookSeconds * 1_000), ...more }];
    return this.judgeAt(s + tookSeconds);
  }

  /** A probe sent at `s` seconds, and a view polled a millisecond after it ended. */
  probeThenView(s: number, answer: ProbeCase, tookSeconds = 0.002): string {
    this.probe(s, answer, tookSeconds);
    this.#viewAt = (s + tookSeconds) * 1_000 + 1;
    return this.judgeAt(s + tookSeconds + 0.001);
  }

  /** What the judge says at `s` seconds with nothing new. */
  judgeAt(s: number): string {
    if (this.#view === null) return "nothing seen";
    const seen = { view: this.#view, at: this.#viewAt };
    this.judgement = judgeServer(this.memory, seen, this.#results, this.#assignment, s * 1_000, this.context);
    this.memory = this.judgement.next;
    return this.verdictText;
  }

  /** `false-up confirmed probe-refused`, `agree-up`. */
  get verdictText(): string {
    const { verdict, phase, reason } = this.memory?.decision ?? { verdict: "nothing", phase: null, reason: null };
    return [verdict, phase, reason].filter((word) => word !== null).join(" ");
  }
}
