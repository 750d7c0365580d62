import { createProblemDetails } from "../../access/problem-details.ts";
import type { Finding } from "../../contract/finding.ts";
import type { Numbers, ServerHistory } from "../../contract/history.ts";
import type { Incident } from "../../contract/incident.ts";
import type { ServerSeries } from "../../contract/series.ts";
import type { ServerSources } from "../../contract/server-sources.ts";
import type { NotificationSummary, SilenceStatus } from "../../contract/alert-api.ts";
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
    clientResponses: null,
    clientConnects: null,
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
  probes: [],
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
  vantages: [],
};

const incident: Incident = {
  id: "019aab3e-0f7b-7c11-9c55-2f6c0d5f8a10",
  version: 2,
  site: "default",
  state: "open",
  verdict: "false-up",
  reason: "probe-answered-unhealthy",
  subject: "10.0.0.12:6443",
  sentence: "HAProxy says UP (L4OK); /readyz answers 500: etcd, etcd-readiness failed",
  urgency: "warning",
  members: [
    {
      key: "lb-1/k8s-api/cp-2",
      instance: "lb-1",
      backend: "k8s-api",
      server: "cp-2",
      vantage: null,
      since: "2026-11-22T10:00:00.123Z",
      active: true,
      sessions: 12,
      held: 2,
    },
  ],
  backends: [
    {
      instance: "lb-1",
      backend: "k8s-api",
      unit: "sessions",
      sessions: 12,
      held: 2,
      share: 0.33,
      healthyLeft: 2,
      backupsInUse: 0,
      connectErrors: 0,
      responseErrors: 0,
      responses5xx: 0,
    },
  ],
  suspectedAt: "2026-11-22T10:00:00.123Z",
  confirmedAt: "2026-11-22T10:00:00.654Z",
  endedAt: null,
  end: null,
  flaps: 0,
  detectionLagMs: null,
  sessions: 12,
  held: 2,
  evidence: {
    key: "lb-1/k8s-api/cp-2",
    row: [
      { name: "pxname", value: "k8s-api" },
      { name: "svname", value: "cp-2" },
      { name: "status", value: "UP" },
      { name: "check_status", value: "L4OK" },
    ],
    probe: {
      vantage: "host-a",
      outcome: "failed",
      kind: "answered",
      stage: "answer",
      url: "https://10.0.0.12:6443/readyz",
      httpStatus: 500,
      failing: ["etcd", "etcd-readiness"],
      detail: "500 Internal Server Error",
      body: "[+]ping ok\n[-]etcd failed: reason withheld\n[-]etcd-readiness failed: reason withheld\nreadyz check failed\n",
    },
    curl: "curl -sSig -k 'https://10.0.0.12:6443/readyz'",
    socat:
      "echo 'show stat -1 4 -1' | socat stdio 'unix-connect:/run/haproxy/admin.sock' | grep -E '^(#|k8s-api,cp-2,)'",
  },
  acknowledgement: { at: "2026-11-22T10:01:00.000Z", name: "Ada", text: "etcd of cp-2 has a full disk" },
  expected: null,
  notes: [],
  changes: [
    { at: "2026-11-22T10:00:00.654Z", what: "confirmed", who: null, text: "/readyz answers 500" },
    { at: "2026-11-22T10:01:00.000Z", what: "acknowledged", who: "Ada", text: "etcd of cp-2 has a full disk" },
  ],
};

const history: ServerHistory = {
  version: CONTRACT_VERSION,
  key: server.key,
  from: "2026-11-22T09:50:00.000Z",
  to: "2026-11-22T10:05:00.000Z",
  thinned: false,
  intervals: [
    {
      from: "2026-11-22T09:50:00.000Z",
      to: "2026-11-22T10:05:00.000Z",
      verdict: server.verdict,
      phase: server.phase,
      reason: server.reason,
      probeReason: server.probeReason,
      sentence: server.sentence,
      tone: server.tone,
      expected: false,
      haproxy: { status: "UP", checkStatus: "L4OK", checkCode: null },
      probe: { outcome: "failed", httpStatus: 500 },
      vantage: "host-a",
      address: { network: "default", host: "10.0.0.12", port: 6443 },
    },
  ],
};

const sources: ServerSources = {
  version: CONTRACT_VERSION,
  key: "lb-1/k8s-api/cp-2",
  row: [
    { name: "pxname", value: "k8s-api" },
    { name: "svname", value: "cp-2" },
    { name: "status", value: "UP" },
    { name: "check_status", value: "L4OK" },
  ],
  rule: { place: 1, match: { backend: ["k8s-*"] } },
};

const series: ServerSeries = {
  version: CONTRACT_VERSION,
  key: server.key,
  from: "2026-11-22T10:00:00.000Z",
  to: "2026-11-22T10:02:00.000Z",
  stepMs: 60_000,
  series: {
    probeMs: [12.3, null],
    probeMaxMs: [14, null],
    connectMs: [0.3, null],
    tlsMs: [2.1, null],
    answerMs: [9.9, null],
    checkMs: [0, 0],
    trafficPerSecond: [3.2, 3.1],
    errorsPerSecond: [0, 0],
  },
};

const numbers: Numbers = {
  version: CONTRACT_VERSION,
  from: "2026-11-21T10:05:00.000Z",
  to: "2026-11-22T10:05:00.000Z",
  by: "backend",
  numbers: [
    {
      site: "default",
      instance: "lb-1",
      backend: "k8s-api",
      server: null,
      servers: 3,
      verdictMs: {
        "false-up": 300_000,
        "false-down": 0,
        "agree-down": 0,
        unknown: 1_200,
        "out-of-service": 0,
        "agree-up": 258_898_800,
      },
      notRecordedMs: 0,
      falselyUpMinutes: 5,
      misrouted: 12,
      incidents: 1,
      meanDetectionLagMs: null,
      worstDetectionLagMs: null,
      unnoticed: 1,
    },
  ],
  next: null,
};

const notification: NotificationSummary = {
  id: "7b0e4a5c-3c1e-5f3a-9f39-0f4f0a3d1e11",
  channel: "chat",
  kind: "firing",
  sentence: "cp-2 is UP in HAProxy and failing /readyz (etcd); 12 sessions so far, 2 of 3 servers left",
  cause: "new",
  route: "default",
  status: "waiting",
  attempts: 1,
  madeAt: "2026-11-22T10:00:07.650Z",
  nextAttemptAt: "2026-11-22T10:00:09.700Z",
  incident: incident.id,
};

const silence: SilenceStatus = {
  id: "5d3f9b1e-0c55-4a41-8f4e-0d8a5b7c9e21",
  match: { backend: ["k8s-api"] },
  from: "2026-11-22T10:00:00.000Z",
  until: "2026-11-22T12:00:00.000Z",
  reason: "etcd upgrade",
  author: "Ada",
  state: "active",
};

const position = { version: CONTRACT_VERSION, epoch: "0b7e3a52-8c0e-4b52-9f67-5d1b2a8c7f10", seq: 42 };

/** Bodies of answers, by what they answer. */
export const EXAMPLES = {
  server,
  servers: { type: "snapshot", ...position, servers: [server], instances: [instance], summary, next: null },
  instances: { ...position, instances: [instance], next: null },
  history,
  series,
  sources,
  changesBeside: {
    version: CONTRACT_VERSION,
    at: "2026-11-22T10:00:00.000Z",
    before: "2026-11-22T09:58:41.307Z",
    after: "2026-11-22T10:00:00.123Z",
  },
  numbers,
  config: {
    version: CONTRACT_VERSION,
    text: "listen: 127.0.0.1:8405\nhaproxy:\n  - name: lb-1\n    stats: unix:/run/haproxy/admin.sock\n",
    loadedAt: "2026-11-22T09:00:00.000Z",
    needsRestart: [],
    refused: { at: "2026-11-22T09:30:00.000Z", errors: ["haprobe.yaml:7:3: evry is not a key"] },
  },
  session: {
    version: CONTRACT_VERSION,
    tokensRequired: true,
    name: "ci",
    role: "operator",
    via: "token",
    scopes: ["metrics", "read", "stream", "write"],
    instances: null,
    teams: null,
    canRead: true,
    canWrite: true,
    detail: null,
    expiresAt: "2027-06-30T00:00:00.000Z",
    csrfToken: null,
    signIn: ["password"],
  },
  audit: {
    version: CONTRACT_VERSION,
    entries: [
      {
        at: "2026-11-27T03:12:00.000Z",
        name: "mara",
        via: "session",
        client: "10.0.0.7",
        action: "POST /api/v1/silences/add",
        status: 200,
        detail: "",
      },
    ],
    next: null,
  },
  incident,
  incidents: { version: CONTRACT_VERSION, incidents: [incident], next: null, complete: true },
  notifications: { version: CONTRACT_VERSION, notifications: [notification], next: null },
  notificationDetail: {
    ...notification,
    attemptLog: [{ at: "2026-11-22T10:00:07.700Z", durationMs: 12.5, status: 503, error: "HTTP 503" }],
    payload: { id: notification.id, kind: "firing", sentence: notification.sentence },
  },
  silence,
  channels: {
    version: CONTRACT_VERSION,
    channels: [{ name: "chat", type: "slack", perMinute: 20, held: 0, error: "HTTP 503", disabled: false }],
  },
  silences: { version: CONTRACT_VERSION, silences: [silence], next: null },
  preview: {
    version: CONTRACT_VERSION,
    alerts: [
      {
        id: incident.id,
        name: "false-up",
        urgency: "warning",
        subject: "10.0.0.12:6443",
        sentence: notification.sentence,
        routes: [
          {
            route: "default",
            channels: ["chat"],
            sends: false,
            why: "silenced by Ada until 2026-11-22T12:00:00.000Z: etcd upgrade",
          },
        ],
      },
    ],
  },
  channelTest: { channel: "chat", sent: true, status: 200, error: null },
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
