import { applyDelta, type FleetReplica, fromSnapshot } from "../../server/contract/apply-delta.ts";
import type { Incident } from "../../server/contract/incident.ts";
import type { Finding } from "../../server/contract/finding.ts";
import type { StateChange, ChangeFeed, LiveState } from "../../server/contract/ports.ts";
import { serverKey, splitServerKey } from "../../server/contract/server-key.ts";
import type {
  DeltaMessage,
  FleetSummary,
  InstanceStatus,
  ServerStatus,
  SnapshotMessage,
} from "../../server/contract/status.ts";
import type { Verdict } from "../../server/contract/verdict.ts";

/** A healthy server; `fields` override it. */
export function makeServerStatus(key: string, fields: Partial<ServerStatus> = {}): ServerStatus {
  const names = splitServerKey(key);
  if (names === null) throw new Error(`${key} is no key`);
  return {
    key,
    instance: names.instance,
    site: "default",
    backend: names.backend,
    server: names.server,
    mode: "tcp",
    address: "10.0.0.11:6443",
    verdict: "agree-up",
    phase: null,
    reason: null,
    probeReason: null,
    sentence: "HAProxy says UP; /readyz answers 200",
    advice: "",
    restore: null,
    cure: [],
    since: "2026-11-22T10:00:00.123Z",
    tone: "ok",
    subject: null,
    expected: null,
    haproxy: {
      status: "UP",
      usable: true,
      checkStatus: "L4OK",
      checkCode: null,
      lastCheck: "",
      canNotice: null,
      depth: "connection",
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
      changedSecondsAgo: 9,
      at: "2026-11-22T10:00:01.000Z",
    },
    probe: {
      vantage: "host-a",
      outcome: "passed",
      kind: "answered",
      stage: "answer",
      url: "https://10.0.0.11:6443/readyz",
      guessed: false,
      httpStatus: 200,
      failing: [],
      durationMs: 12.3,
      phasesMs: { connect: 0.3, tls: 2.1, answer: 9.9 },
      body: "ok",
      detail: "",
      certificateExpiresAt: null,
      at: "2026-11-22T10:00:01.200Z",
    },
    probes: [],
    quality: "check-blind",
    misrouted: { sessions: 0, held: 0, unit: "sessions", share: null, healthyLeft: 3 },
    ...fields,
  };
}

/** Fields of a false-up. */
export const FALSE_UP: Partial<ServerStatus> = {
  verdict: "false-up",
  phase: "confirmed",
  reason: "probe-answered-unhealthy",
  sentence: "HAProxy says UP (L4OK); /readyz answers 500: etcd failed",
  tone: "critical",
  subject: "10.0.0.11:6443",
  misrouted: { sessions: 12, held: 2, unit: "sessions", share: 0.33, healthyLeft: 2 },
};

export function makeInstanceStatus(name: string, fields: Partial<InstanceStatus> = {}): InstanceStatus {
  return {
    name,
    site: "default",
    stats: "unix:/run/haproxy/admin.sock",
    state: "ok",
    version: "3.0.11",
    pid: 4711,
    startedAt: "2026-11-22T09:00:00.000Z",
    servers: 1,
    lastPollAt: "2026-11-22T10:00:01.000Z",
    pollDurationMs: 1.5,
    everyMs: 1_000,
    error: null,
    ...fields,
  };
}

/** A live state that the test changes; it emits changes as the monitor does. */
export class FakeFleet implements LiveState, ChangeFeed {
  readonly rows = new Map<string, ServerStatus>();
  readonly instancesByName = new Map<string, InstanceStatus>();
  currentFindings: readonly Finding[] = [];
  currentIncidents: readonly Incident[] = [];
  readonly #listeners = new Set<(change: StateChange) => void>();

  constructor(present: readonly string[] = []) {
    for (const key of present) {
      this.rows.set(key, makeServerStatus(key));
      const name = splitServerKey(key)?.instance ?? "";
      this.instancesByName.set(name, makeInstanceStatus(name));
    }
  }

  set(key: string, fields: Partial<ServerStatus> = {}): void {
    this.rows.set(key, makeServerStatus(key, fields));
    this.#emit({ kind: "server", key });
  }

  /** Moves a counter, which is no change. */
  setSessionsTotal(key: string, sessionsTotal: number): void {
    const old = this.rows.get(key);
    if (old) this.rows.set(key, { ...old, haproxy: { ...old.haproxy, sessionsTotal } });
  }

  remove(key: string): void {
    this.rows.delete(key);
    this.#emit({ kind: "server-removed", key });
  }

  setInstance(name: string, fields: Partial<InstanceStatus> = {}): void {
    this.instancesByName.set(name, makeInstanceStatus(name, fields));
    this.#emit({ kind: "instance", instance: name });
  }

  removeInstance(name: string): void {
    this.instancesByName.delete(name);
    this.#emit({ kind: "instance-removed", instance: name });
  }

  get listenerCount(): number {
    return this.#listeners.size;
  }

  server(key: string): ServerStatus | null {
    return this.rows.get(key) ?? null;
  }
  servers(): IterableIterator<ServerStatus> {
    return this.rows.values();
  }
  keys(): IterableIterator<string> {
    return this.rows.keys();
  }
  instances(): readonly InstanceStatus[] {
    return [...this.instancesByName.values()];
  }
  incidents(): readonly Incident[] {
    return this.currentIncidents;
  }

  incident(id: string): Incident | null {
    return this.currentIncidents.find((incident) => incident.id === id) ?? null;
  }

  findings(): readonly Finding[] {
    return this.currentFindings;
  }

  *summaryInSteps(): Generator<void, FleetSummary, void> {
    yield;
    return this.summary();
  }

  summary(): FleetSummary {
    const rows = [...this.rows.values()];
    const count = (verdict: Verdict): number => rows.filter((each) => each.verdict === verdict).length;
    const phase = (name: string): number => rows.filter((each) => each.phase === name).length;
    return {
      servers: rows.length,
      verdicts: {
        "false-up": count("false-up"),
        "false-down": count("false-down"),
        "agree-down": count("agree-down"),
        unknown: count("unknown"),
        "out-of-service": count("out-of-service"),
        "agree-up": count("agree-up"),
      },
      confirmed: phase("confirmed"),
      suspected: phase("suspected"),
      settling: phase("settling"),
      canBeFalselyUp: rows.filter((each) => each.quality === "check-blind").length,
      instances: this.instancesByName.size,
      instancesFailing: [...this.instancesByName.values()].filter((each) => each.state === "failing").length,
      sentence: `${count("false-up")} of ${rows.length} servers are UP in HAProxy and failing`,
    };
  }
  subscribe(listener: (change: StateChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
  #emit(change: StateChange): void {
    for (const listener of [...this.#listeners]) listener(change);
  }
}

/** The keys `lb-1/web/s-0` … of a fleet of any size. */
export function makeServerKeys(count: number, instanceName = "lb-1", backend = "web"): string[] {
  return Array.from({ length: count }, (_, index) => serverKey(instanceName, backend, `s-${index}`));
}

/** What a client of the stream keeps: the snapshot with every delta applied. */
export class StreamReplica {
  #fleet: FleetReplica;

  constructor(snapshot: SnapshotMessage) {
    this.#fleet = fromSnapshot(snapshot);
  }

  get rows(): FleetReplica["servers"] {
    return this.#fleet.servers;
  }

  apply(delta: DeltaMessage): void {
    const applied = applyDelta(this.#fleet, delta);
    if (applied.kind !== "applied") throw new Error(`${applied.kind}: ${this.#fleet.position.seq}, then ${delta.seq}`);
    this.#fleet = applied.replica;
  }

  /** Equal for any two clients at the same `seq`, in whatever order their rows came. */
  comparableState(): unknown {
    const { position, servers, instances, summary } = this.#fleet;
    return {
      seq: position.seq,
      servers: [...servers.values()].sort((a, b) => (a.key < b.key ? -1 : 1)),
      instances: [...instances.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
      summary,
    };
  }
}
