import { createProblemDetails } from "../../access/problem-details.ts";
import type { Finding } from "../../contract/finding.ts";
import type { Incident } from "../../contract/incident.ts";
import { CONTRACT_VERSION, type FleetSummary, type InstanceStatus, type ServerStatus } from "../../contract/status.ts";

/** What the API's description shows as answers: a control plane of three, one of which lost its etcd. */
const server: ServerStatus = {
  key: "lb-1/k8s-api/cp-2",
  instance: "lb-1",
  site: "default",
  backend: "k8s-api",
  server: "cp-2",
  mode: "tcp",
  address: "10.0.0.12:6443",
  verdict: "false-up",
  phase: "confirmed",
  reason: "probe-answered-unhealthy",
  probeReason: "probe-answered-unhealthy",
  sentence: "HAProxy says UP (L4OK); /readyz answers 500: etcd, etcd-readiness failed",
  advice:
    "HAProxy can't detect this. Mitigate: set server k8s-api/cp-2 state drain. Permanent fix: let HAProxy's check request /readyz and expect what the rule expects.",
  cure: [
    "# backend k8s-api, above its server lines",
    "option httpchk",
    "http-check send meth GET uri /readyz ver HTTP/1.1 hdr Host 10.0.0.12:6443",
    "http-check expect status 200-299",
    "default-server check-ssl verify none",
  ],
  since: "2026-11-22T10:00:00.123Z",
  tone: "critical",
  subject: "10.0.0.12:6443",
  expected: null,
  haproxy: {
    status: "UP",
    usable: true,
    checkStatus: "L4OK",
    checkCode: null,
    lastCheck: "",
    depth: "connection",
    canNotice: false,
    checkHealth: 4,
    checkRise: 2,
    checkFall: 3,
    checkDurationMs: 0,
    unverified: false,
    weight: 1,
    backup: false,
    tracked: null,
    agentStatus: null,
    lastAgent: "",
    sessionsTotal: 123,
    sessionsCurrent: 2,
    changedSecondsAgo: 3_600,
    at: "2026-11-22T10:00:05.000Z",
  },
  probe: {
    vantage: "host-a",
    outcome: "failed",
    kind: "answered",
    stage: "answer",
    url: "https://10.0.0.12:6443/readyz",
    guessed: false,
    httpStatus: 500,
    failing: ["etcd", "etcd-readiness"],
    durationMs: 12.3,
    phasesMs: { connect: 0.3, tls: 2.1, answer: 9.9 },
    body: "[+]ping ok\n[-]etcd failed: reason withheld\n[-]etcd-readiness failed: reason withheld\nreadyz check failed\n",
    detail: "500 Internal Server Error",
    certificateExpiresAt: "2027-11-22T00:00:00.000Z",
    at: "2026-11-22T10:00:05.100Z",
  },
  quality: "check-blind",
  misrouted: { sessions: 12, held: 2, unit: "sessions", share: 0.33, healthyLeft: 2 },
};

const instance: InstanceStatus = {
  name: "lb-1",
  site: "default",
  stats: "unix:/run/haproxy/admin.sock",
  state: "ok",
  version: "3.0.11",
  pid: 4711,
  startedAt: "2026-11-22T09:00:00.000Z",
  servers: 3,
  lastPollAt: "2026-11-22T10:00:05.000Z",
  pollDurationMs: 1.5,
  everyMs: 1_000,
  error: null,
};

const summary: FleetSummary = {
  servers: 3,
  verdicts: { "false-up": 1, "false-down": 0, "agree-down": 0, unknown: 0, "out-of-service": 0, "agree-up": 2 },
  confirmed: 1,
  suspected: 0,
  settling: 0,
  canBeFalselyUp: 3,
  instances: 1,
  instancesFailing: 0,
  sentence: "cp-2 is UP in HAProxy and failing /readyz (etcd)",
};

const finding: Finding = {
  id: "check-blind/lb-1/k8s-api",
  code: "check-blind",
  subject: { instance: "lb-1", backend: "k8s-api", server: null },
  sentence: "The check of k8s-api looks at the port only: a server that answers errors stays UP",
  advice: "option httpchk GET /readyz",
  since: "2026-11-22T09:00:01.000Z",
};

const incident: Incident = {
  id: "019aab3e-0f7b-7c11-9c55-2f6c0d5f8a10",
  state: "open",
  verdict: "false-up",
  reason: "probe-answered-unhealthy",
  subject: "10.0.0.12:6443",
  sentence: "HAProxy says UP (L4OK); /readyz answers 500: etcd, etcd-readiness failed",
  members: [
    {
      key: "lb-1/k8s-api/cp-2",
      instance: "lb-1",
      backend: "k8s-api",
      server: "cp-2",
      since: "2026-11-22T10:00:00.123Z",
      active: true,
      sessions: 12,
    },
  ],
  suspectedAt: "2026-11-22T10:00:00.123Z",
  confirmedAt: "2026-11-22T10:00:00.654Z",
  endedAt: null,
  end: null,
  flaps: 0,
  detectionLagMs: null,
  sessions: 12,
  changes: [{ at: "2026-11-22T10:00:00.654Z", what: "confirmed", text: "/readyz answers 500" }],
};

const position = { version: CONTRACT_VERSION, epoch: "0b7e3a52-8c0e-4b52-9f67-5d1b2a8c7f10", seq: 42 };

/** Bodies of answers, by what they answer. */
export const EXAMPLES = {
  server,
  servers: { type: "snapshot", ...position, servers: [server], instances: [instance], summary, next: null },
  instances: { ...position, instances: [instance], next: null },
  incident,
  incidents: { version: CONTRACT_VERSION, incidents: [incident], next: null },
  findings: { version: CONTRACT_VERSION, findings: [finding], next: null },
  status: {
    ...position,
    haprobe: "0.1.0",
    node: "26.10.0",
    vantage: "host-a",
    startedAt: "2026-11-22T09:00:00.000Z",
    ready: true,
    notReady: [],
    remarks: [],
    summary,
    settings: { listen: "127.0.0.1:8405", publicUrl: null, instances: 1, rules: 1 },
  },
  noSuchServer: createProblemDetails(404, "There is no such server."),
} as const;
