import type { OpenAlert } from "../../server/alert/pipeline/open-alert.ts";
import type { RouteSettings } from "../../server/contract/alert-settings.ts";
import type { IncidentRecord } from "../../server/contract/incident.ts";
import type { Alert, Notification } from "../../server/contract/notification.ts";
import type { ServerStatus } from "../../server/contract/status.ts";

const AT = Date.UTC(2026, 10, 22, 10, 0, 0);

/** An open incident of cp-2 of k8s-api. */
export function incidentRecord(over: Partial<IncidentRecord> = {}): IncidentRecord {
  return {
    id: "019ab000-0000-7000-8000-000000000001",
    version: 1,
    changedAt: AT + 650,
    site: "fra",
    network: "fra",
    subject: "10.0.0.12:6443",
    verdict: "false-up",
    state: { kind: "open", flaps: 0 },
    reason: "probe-answered-unhealthy",
    sentence: "HAProxy says UP (L4OK); /readyz answers 500: etcd failed",
    urgency: "warning",
    suspectedAt: AT,
    confirmedAt: AT + 650,
    detectionLagMs: null,
    evidence: { key: "lb-1/k8s-api/cp-2", row: [], probe: null, curl: null, socat: null },
    acknowledgement: null,
    expected: null,
    notes: [],
    members: [member("lb-1", "k8s-api", "cp-2", 204)],
    changes: [{ n: 1, at: AT + 650, what: "confirmed", who: null, text: "" }],
    ...over,
  };
}

/** A member with the fault, to which `sessions` went. */
export function member(
  instance: string,
  backend: string,
  server: string,
  sessions = 0,
  healthyLeft = 2,
): IncidentRecord["members"][number] {
  const key = `${instance}/${backend}/${server}`;
  const counts = { sessions, backendSessions: sessions * 3, connectErrors: 0, responseErrors: 0, responses5xx: 0 };
  const traffic = {
    unit: "sessions",
    counts,
    baseline: null,
    held: 0,
    standby: false,
    healthyLeft,
    backupsInUse: 0,
  } as const;
  return { key, site: "fra", instance, backend, server, since: AT, standing: "failing", traffic };
}

/** The state of a server with a false-up. */
export function serverStatus(
  over: Partial<ServerStatus> = {},
  probe: Partial<ServerStatus["probe"]> = {},
): ServerStatus {
  const iso = new Date(AT).toISOString();
  return {
    key: "lb-1/k8s-api/cp-2",
    instance: "lb-1",
    site: "fra",
    backend: "k8s-api",
    server: "cp-2",
    mode: "tcp",
    address: "10.0.0.12:6443",
    verdict: "false-up",
    phase: "confirmed",
    reason: "probe-answered-unhealthy",
    probeReason: "probe-answered-unhealthy",
    sentence: "HAProxy says UP (L4OK); /readyz answers 500: etcd failed",
    advice: "HAProxy can't detect this. Mitigate: set server k8s-api/cp-2 state drain.",
    restore: null,
    cure: ["option httpchk", "http-check send meth GET uri /readyz ver HTTP/1.1 hdr Host kubernetes"],
    since: iso,
    tone: "critical",
    subject: "10.0.0.12:6443",
    expected: null,
    haproxy: {
      status: "UP",
      usable: true,
      checkStatus: "L4OK",
      checkCode: null,
      lastCheck: "",
      lastAgent: "",
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
      sessionsTotal: 1_000,
      sessionsCurrent: 3,
      clientResponses: null,
      clientConnects: null,
      changedSecondsAgo: 900,
      at: iso,
    },
    probe: {
      vantage: "host-a",
      outcome: "failed",
      kind: "answered",
      stage: "answer",
      url: "https://10.0.0.12:6443/readyz",
      guessed: false,
      httpStatus: 500,
      failing: ["etcd"],
      durationMs: 3,
      phasesMs: null,
      body: "[+]ping ok\n[-]etcd failed: reason withheld\nreadyz check failed\n",
      detail: "",
      certificateExpiresAt: null,
      at: iso,
      ...probe,
    },
    probes: [],
    quality: "check-blind",
    misrouted: { sessions: 204, held: 2, unit: "sessions", share: 0.33, healthyLeft: 2 },
    ...over,
  };
}

/** The alert of that incident. */
export function sampleAlert(over: Partial<Alert> = {}): Alert {
  return {
    id: "019ab000-0000-7000-8000-000000000001",
    link: "https://haprobe.example.org/?open=lb-1/k8s-api/cp-2",
    name: "false-up",
    isIncident: true,
    urgency: "warning",
    reason: "probe-answered-unhealthy",
    site: "fra",
    subject: "10.0.0.12:6443",
    origin: { instance: "lb-1", backend: "k8s-api", server: "cp-2" },
    labels: { team: ["platform"] },
    sentence: "cp-2 is UP in HAProxy and failing /readyz (etcd); 204 sessions so far, 2 of 3 servers left",
    since: new Date(AT).toISOString(),
    why: "HAProxy says UP (L4OK); /readyz answers 500: etcd failed",
    members: [
      {
        key: "lb-1/k8s-api/cp-2",
        instance: "lb-1",
        backend: "k8s-api",
        server: "cp-2",
        since: new Date(AT).toISOString(),
        active: true,
        sessions: 204,
      },
    ],
    memberCount: 1,
    activeMembers: 1,
    sessions: 204,
    healthyLeft: 2,
    evidence: ["HAProxy's last check: L4OK", "[+]ping ok", "[-]etcd failed: reason withheld"],
    mitigate: "HAProxy can't detect this. Mitigate: set server k8s-api/cp-2 state drain.",
    permanentFix: ["option httpchk", "http-check expect status 200"],
    acknowledgedBy: null,
    resolved: null,
    ...over,
  };
}

/** A message about one firing alert. */
export function sampleNotification(over: Partial<Notification> = {}, alert: Partial<Alert> = {}): Notification {
  const sample = sampleAlert(alert);
  return {
    id: "7b0e4a5c-3c1e-5f3a-9f39-0f4f0a3d1e11",
    thread: "aa0e4a5c-3c1e-5f3a-9f39-0f4f0a3d1e22",
    fingerprint: "5f3a9f390f4f0a3d1e22aa0e4a5c3c1e",
    n: 1,
    kind: "firing",
    at: new Date(AT + 5_650).toISOString(),
    urgency: sample.urgency,
    sentence: sample.sentence,
    cause: "new",
    alerts: [sample],
    alertCount: 1,
    link: sample.link,
    isResolved: sample.resolved !== null,
    ...over,
  };
}

/** The same message after the end of its alert. */
export function resolvedNotification(over: Partial<Notification> = {}): Notification {
  const sentence = "cp-2 is healthy again after 3 min 4 s; 204 sessions went to it; HAProxy never noticed";
  const resolved = { at: new Date(AT + 184_000).toISOString(), afterMs: 184_000, noticedAfterMs: null };
  return sampleNotification(
    { id: "8c0e4a5c-3c1e-5f3a-9f39-0f4f0a3d1e33", n: 2, kind: "resolved", sentence, cause: "resolved", ...over },
    { sentence, resolved, activeMembers: 0 },
  );
}

/** Text as a hostile server could send it, and what must not come of it. */
export const HOSTILE = {
  text: "<!channel> <@U123|x> @everyone @here <b>bold</b> *a* _b_ `c` [x](http://evil.example) <http://evil.example|y> \u001b[31mred\u001b[0m \u202egnp\u202c \u0007\r\n[2] {{DATE(2026-11-22T10:00:00Z)}}",
  unprintable: /[\p{Cc}\u202a-\u202e\u2066-\u2069]/u,
};

/** An alert in the pipeline. */
export function openAlert(over: Partial<OpenAlert> = {}, alert: Partial<Alert> = {}): OpenAlert {
  return {
    alert: sampleAlert(alert),
    places: [{ instance: "lb-1", backend: "k8s-api", server: "cp-2" }],
    confirmedAt: AT,
    isHealing: false,
    heldWhy: null,
    isUndecided: false,
    ...over,
  };
}

/** The default route. */
export function route(over: Partial<RouteSettings> = {}): RouteSettings {
  return {
    name: "default",
    match: {},
    channels: ["chat"],
    continue: false,
    waitMs: 5_000,
    groupBy: ["backend"],
    groupWaitMs: 2_000,
    groupIntervalMs: 60_000,
    repeatMs: 4 * 3_600_000,
    sendResolved: true,
    hours: null,
    ...over,
  };
}
