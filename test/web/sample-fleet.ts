import {
  CONTRACT_VERSION,
  type InstanceStatus,
  type ServerStatus,
  type SnapshotMessage,
} from "../../server/contract/status.ts";
import { VERDICTS } from "../../server/contract/verdict.ts";

/** A part of a value, at any depth. */
export type DeepPartial<T> = {
  [K in keyof T]?: T[K] extends object | null ? DeepPartial<NonNullable<T[K]>> | T[K] : T[K];
};

const iso = (ms: number): string => new Date(ms).toISOString();
const DAY = 86_400_000;

/** The subject that haprobe gives a mismatch. */
function subjectOf(verdict: string | undefined, key: string, address: string | null | undefined): string | null {
  if (verdict === "false-down") return key;
  return verdict === "false-up" ? (address ?? key) : null;
}

/** A server that HAProxy and haprobe find up, with the given parts replaced. */
export function sampleServer(now: number, part: DeepPartial<ServerStatus> = {}): ServerStatus {
  const instance = part.instance ?? "lb-1";
  const backend = part.backend ?? "shop-web";
  const server = part.server ?? "web-01";
  const base: ServerStatus = {
    key: `${instance}/${backend}/${server}`,
    instance,
    site: "default",
    backend,
    server,
    mode: "http",
    address: "10.0.1.21:8080",
    verdict: "agree-up",
    phase: null,
    reason: null,
    probeReason: null,
    sentence: "HAProxy says UP (L7OK/200); /healthz answers 200",
    advice: "",
    restore: null,
    cure: [],
    since: iso(now - 6 * DAY),
    tone: "ok",
    subject: null,
    expected: null,
    haproxy: {
      status: "UP",
      usable: true,
      checkStatus: "L7OK",
      checkCode: 200,
      lastCheck: "",
      depth: "application",
      canNotice: null,
      checkHealth: 4,
      checkRise: 2,
      checkFall: 3,
      checkDurationMs: 2,
      unverified: false,
      weight: 1,
      backup: false,
      tracked: null,
      agentStatus: null,
      lastAgent: "",
      sessionsTotal: 8_412_077,
      sessionsCurrent: 23,
      clientResponses: null,
      clientConnects: null,
      changedSecondsAgo: 532_800,
      at: iso(now - 400),
    },
    probe: {
      vantage: "host-a",
      outcome: "passed",
      kind: "answered",
      stage: "answer",
      url: "http://10.0.1.21:8080/healthz",
      guessed: false,
      httpStatus: 200,
      failing: [],
      durationMs: 4.5,
      phasesMs: { connect: 0.3, tls: null, answer: 4.2 },
      body: "ok",
      detail: "",
      certificateExpiresAt: null,
      at: iso(now - 200),
    },
    probes: [],
    quality: "check-ok",
    misrouted: { sessions: 0, held: 0, unit: "requests", share: null, healthyLeft: 13 },
  };
  return {
    ...base,
    ...(part as Partial<ServerStatus>),
    key: `${instance}/${backend}/${server}`,
    subject: subjectOf(part.verdict, `${instance}/${backend}/${server}`, part.address),
    haproxy: { ...base.haproxy, ...(part.haproxy as Partial<ServerStatus["haproxy"]>) },
    probe: { ...base.probe, ...(part.probe as Partial<ServerStatus["probe"]>) },
    misrouted: { ...base.misrouted, ...(part.misrouted as Partial<ServerStatus["misrouted"]>) },
  };
}

/** The apiserver with a failed etcd, behind a check that only opens a connection. */
export function falseUpApiserver(now: number, part: DeepPartial<ServerStatus> = {}): ServerStatus {
  const base = healthyApiserver(now, { server: "cp-2", address: "10.0.0.12:6443" });
  return sampleServer(now, {
    ...base,
    verdict: "false-up",
    phase: "confirmed",
    reason: "probe-answered-unhealthy",
    sentence: "HAProxy says UP (L4OK); /readyz answers 500: etcd failed",
    advice:
      "HAProxy can't detect this. Mitigate: set server k8s-api/cp-2 state drain. Permanent fix: let HAProxy's check request /readyz and expect status 200.",
    cure: [
      "# backend k8s-api, above its server lines",
      "option httpchk",
      "http-check send meth GET uri /readyz",
      "http-check expect status 200",
      "default-server check-ssl verify none",
    ],
    since: iso(now - 261_000),
    tone: "critical",
    ...part,
    haproxy: { ...base.haproxy, canNotice: false, ...(part.haproxy as Partial<ServerStatus["haproxy"]>) },
    probe: {
      ...base.probe,
      outcome: "failed",
      httpStatus: 500,
      failing: ["etcd", "etcd-readiness"],
      durationMs: 12.3,
      phasesMs: { connect: 0.3, tls: 2.1, answer: 9.9 },
      body: "[+]ping ok\n[+]log ok\n[-]etcd failed: reason withheld\n[-]etcd-readiness failed: reason withheld\nreadyz check failed\n",
      ...(part.probe as Partial<ServerStatus["probe"]>),
    },
    misrouted: {
      ...base.misrouted,
      sessions: 1_204,
      held: 38,
      share: 0.33,
      healthyLeft: 2,
      ...(part.misrouted as Partial<ServerStatus["misrouted"]>),
    },
  });
}

/** A healthy apiserver behind a check that only opens a connection. */
export function healthyApiserver(now: number, part: DeepPartial<ServerStatus> = {}): ServerStatus {
  const address = part.address ?? "10.0.0.11:6443";
  return sampleServer(now, {
    backend: "k8s-api",
    server: "cp-1",
    mode: "tcp",
    address,
    quality: "check-blind",
    ...part,
    haproxy: { checkStatus: "L4OK", checkCode: null, checkDurationMs: 0, depth: "connection", sessionsCurrent: 41 },
    probe: {
      url: `https://${address}/readyz`,
      durationMs: 3.9,
      phasesMs: { connect: 0.3, tls: 1.4, answer: 2.2 },
      certificateExpiresAt: iso(now + 212 * DAY),
      ...(part.probe as Partial<ServerStatus["probe"]>),
    },
    misrouted: { unit: "sessions", healthyLeft: 2 },
  });
}

/** 52 servers behind two HAProxies, with every verdict among them. */
export function sampleServers(now: number): ServerStatus[] {
  const servers: ServerStatus[] = [];
  for (const instance of ["lb-1", "lb-2"]) {
    servers.push(
      healthyApiserver(now, { instance }),
      falseUpApiserver(now, {
        instance,
        misrouted: instance === "lb-1" ? { sessions: 1_102 } : { sessions: 102, held: 3 },
      }),
      healthyApiserver(now, { instance, server: "cp-3", address: "10.0.0.13:6443" }),
    );
    for (const n of [1, 2, 3]) {
      servers.push(
        healthyApiserver(now, { instance, backend: "rke2-join", server: `cp-${n}`, address: `10.0.0.1${n}:9345` }),
      );
    }
    for (let n = 1; n <= 16; n += 1) servers.push(webServer(now, instance, n));
  }
  for (let n = 1; n <= 6; n += 1) servers.push(imageCache(now, n));
  for (const n of [1, 2]) {
    servers.push(
      sampleServer(now, {
        instance: "lb-2",
        backend: "legacy-app",
        server: `app-${n}`,
        quality: "check-missing",
        haproxy: { status: "no check", checkStatus: null, checkCode: null, depth: "none", checkHealth: null },
      }),
    );
  }
  return servers;
}

function webServer(now: number, instance: string, n: number): ServerStatus {
  const server = `web-${String(n).padStart(2, "0")}`;
  const place = { instance, server, address: `10.0.1.${20 + n}:8080` };
  if (n === 9) {
    return sampleServer(now, {
      ...place,
      verdict: "agree-down",
      reason: "probe-refused",
      sentence: "HAProxy says DOWN (L4CON); the port refuses connections",
      since: iso(now - 36 * 60_000),
      haproxy: {
        status: "DOWN",
        usable: false,
        checkStatus: "L4CON",
        checkCode: null,
        checkHealth: 0,
        sessionsCurrent: 0,
      },
      probe: { outcome: "failed", kind: "refused", stage: "connect", httpStatus: null, durationMs: 0.2, body: "" },
    });
  }
  if (n === 16) {
    return sampleServer(now, {
      ...place,
      verdict: "out-of-service",
      reason: "maintenance",
      sentence: "HAProxy has it in maintenance",
      since: iso(now - 12 * 60_000),
      haproxy: {
        status: "MAINT",
        usable: false,
        checkStatus: null,
        checkCode: null,
        checkHealth: null,
        sessionsCurrent: 0,
      },
    });
  }
  if (n === 11 && instance === "lb-2") {
    return sampleServer(now, {
      ...place,
      verdict: "false-down",
      phase: "confirmed",
      reason: "haproxy-denied",
      sentence: "HAProxy says DOWN (L7STS/401); /healthz answers 200",
      advice:
        "HAProxy's check sends no credentials: let it send a token, or allow the health path without credentials.",
      since: iso(now - 1_322_000),
      tone: "warning",
      haproxy: {
        status: "DOWN",
        usable: false,
        checkStatus: "L7STS",
        checkCode: 401,
        lastCheck: "Unauthorized",
        checkHealth: 0,
        sessionsCurrent: 0,
      },
    });
  }
  if (n === 3 && instance === "lb-1") {
    return sampleServer(now, {
      ...place,
      verdict: "false-up",
      phase: "settling",
      reason: "probe-refused",
      sentence: "HAProxy says UP 2/3 (L4CON); the port refuses connections",
      since: iso(now - 7_000),
      tone: "warning",
      haproxy: { status: "UP 2/3", checkStatus: "L4CON", checkCode: null, checkHealth: 3 },
      probe: { outcome: "failed", kind: "refused", stage: "connect", httpStatus: null, durationMs: 0.2, body: "" },
    });
  }
  return sampleServer(now, place);
}

function imageCache(now: number, n: number): ServerStatus {
  const place = {
    backend: "img-cache",
    server: `img-0${n}`,
    address: `10.0.2.${n}:443`,
    quality: "check-blind",
  } as const;
  const haproxy = { checkStatus: "L6OK", checkCode: null, depth: "tls", sessionsCurrent: 4 } as const;
  if (n !== 4) return sampleServer(now, { ...place, haproxy });
  return sampleServer(now, {
    ...place,
    haproxy,
    verdict: "unknown",
    reason: "probe-denied",
    sentence: "img-04 rejects our probe (403): it needs credentials.",
    since: iso(now - 5 * 60_000),
    tone: "quiet",
    probe: { outcome: "denied", httpStatus: 403, body: "Forbidden" },
  });
}

/** An instance that responds. */
export function sampleInstance(now: number, part: Partial<InstanceStatus> = {}): InstanceStatus {
  return {
    name: "lb-1",
    site: "default",
    stats: "unix:/run/haproxy/admin.sock",
    state: "ok",
    version: "3.2.6",
    pid: 812,
    startedAt: iso(now - 6 * DAY),
    servers: 28,
    lastPollAt: iso(now - 400),
    pollDurationMs: 1.1,
    everyMs: 1_000,
    error: null,
    ...part,
  };
}

/** A snapshot of these servers; the summary is counted from them. */
export function sampleSnapshot(
  servers: readonly ServerStatus[],
  instances: readonly InstanceStatus[],
  position = { epoch: "e1", seq: 10 },
): SnapshotMessage {
  const verdicts = Object.fromEntries(
    VERDICTS.map((verdict) => [verdict, servers.filter((server) => server.verdict === verdict).length]),
  ) as SnapshotMessage["summary"]["verdicts"];
  const inPhase = (phase: string): number => servers.filter((server) => server.phase === phase).length;
  return {
    type: "snapshot",
    version: CONTRACT_VERSION,
    ...position,
    servers,
    instances,
    summary: {
      servers: servers.length,
      verdicts,
      confirmed: servers.filter((server) => server.phase === "confirmed" && server.expected === null).length,
      suspected: inPhase("suspected"),
      settling: inPhase("settling"),
      canBeFalselyUp: 20,
      instances: instances.length,
      instancesFailing: 0,
      sentence: "",
    },
  };
}
