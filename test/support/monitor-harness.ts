import type { MonitorEvent } from "../../server/contract/event.ts";
import type { StatsColumn } from "../../server/contract/incident.ts";
import type { InternalFault, StateChange } from "../../server/contract/ports.ts";
import type { InstanceSettings } from "../../server/contract/settings.ts";
import type { ServerStatus } from "../../server/contract/status.ts";
import type { BackendView, InstanceInfo, ServerView, StatsSnapshot } from "../../server/contract/view.ts";
import type { RestoredState } from "../../server/monitor/monitor-options.ts";
import { Monitor } from "../../server/monitor/monitor.ts";
import { type ProbeCase, haproxyView, POLICY, probeResult, TARGET } from "./judge-harness.ts";
import { FakeClock } from "./fake-clock.ts";

/** Settings of an instance of this name. */
export function instanceNamed(name: string): InstanceSettings {
  return {
    name,
    stats: { kind: "unix", path: `/run/${name}.sock` },
    statsText: `unix:/run/${name}.sock`,
    everyMs: 1_000,
    site: "default",
    network: "default",
    labels: {},
    addressMap: [],
  };
}

/** A row of the stats: name, status, check status, and further columns. */
export type StatsRow = readonly [
  server: string,
  status: string,
  check?: string | undefined,
  more?: Partial<ServerView>,
];

/** A monitor on a fake clock that records its events, changes, faults and actions. Targets are keyed by their address. */
export class MonitorHarness {
  readonly clock: FakeClock;
  readonly events: MonitorEvent[] = [];
  readonly changes: StateChange[] = [];
  readonly faults: InternalFault[] = [];
  readonly sinkDrops: string[] = [];
  readonly earlyPolls: string[] = [];
  readonly probedSoon: string[] = [];
  /** Targets without hedged probes, because they hang. */
  readonly hedgingDisabled = new Set<string>();
  /** Targets that are probed now, with their pace. */
  readonly targets = new Map<string, string>();
  readonly monitor: Monitor;
  /** HAProxy's row of each server; null for one with its names. */
  statsRow: readonly StatsColumn[] | null = null;
  #seq = 0;

  constructor(
    instances: readonly string[] = ["lb-1"],
    serversMax = 1_000,
    {
      incidents = [],
      verdicts = [],
      heardBefore = null,
      clock = new FakeClock(1_000_000),
      inSlices = false,
    }: Partial<RestoredState> & { clock?: FakeClock; inSlices?: boolean } = {},
  ) {
    this.clock = clock;
    this.monitor = new Monitor({
      inSlices,
      vantage: "here",
      epoch: "e1",
      clock,
      restored: { incidents, verdicts, heardBefore },
      limits: {
        stale: { intervals: 3, floorMs: 5_000 },
        serversMax,
        tickEveryMs: 250,
        pauseFactor: 4,
        fleetEveryMs: 100,
      },
      instances: instances.map(instanceNamed),
      assign: ({ address }) =>
        address.kind === "ip"
          ? { kind: "target", target: { ...TARGET, key: keyOf(address.host), host: address.host }, policy: POLICY }
          : { kind: "none", reason: "no-address", policy: POLICY },
      actions: {
        scheduleTarget: (target, pace) => void this.targets.set(target.key, pace),
        removeTarget: (key) => void this.targets.delete(key),
        probeSoon: (key) => void this.probedSoon.push(key),
        suppressHedging: (key, on) => void (on ? this.hedgingDisabled.add(key) : this.hedgingDisabled.delete(key)),
        pollSoon: (instance, backend) => void this.earlyPolls.push(`${instance}/${backend}`),
        statsRow: (_instance, backend, server) =>
          this.statsRow ?? [
            { name: "pxname", value: backend },
            { name: "svname", value: server },
          ],
      },
      faults: {
        recordFault: (fault) => void this.faults.push(fault),
        recordSinkDrop: (sink) => void this.sinkDrops.push(sink),
      },
    });
    this.monitor.subscribe({ name: "recorder", apply: (event) => void this.events.push(event) });
    this.monitor.changes.subscribe((change) => void this.changes.push(change));
  }

  /** A full poll of `instance`, answered at once. Servers without an address are at 10.0.0.<their place>. */
  poll(rows: readonly StatsRow[], how: Partial<PollOptions> = {}): void {
    void this.monitor.acceptSnapshot(this.snapshot(rows, how), 1_000);
  }

  snapshot(rows: readonly StatsRow[], how: Partial<PollOptions> = {}): StatsSnapshot {
    const { instance = "lb-1", backend = "k8s-api", epoch = "1.1", scope = "all", row = {}, sentAt, info = null } = how;
    const at = sentAt ?? this.clock.now();
    const servers = rows.map(([server, status, check = "", more = {}], i) =>
      haproxyView(status, check, {
        backend,
        server,
        address: { kind: "ip", host: `10.0.0.${i + 1}`, port: 6443 },
        ...more,
      }),
    );
    const view: BackendView = {
      backend,
      proxyId: 2,
      mode: "tcp",
      status: "UP",
      activeServers: servers.filter(({ state, backup }) => state === "up" && !backup).length,
      backupServers: 0,
      sessionsTotal: servers.reduce((sum, { sessionsTotal }) => sum + (sessionsTotal ?? 0), 0),
      ...row,
    };
    return { instance, scope, sentAt: at, receivedAt: at + 1, epoch, info, backends: [view], servers };
  }

  /** A probe of 10.0.0.<place>, sent and answered now. */
  probe(place: number, answer: ProbeCase): void {
    this.probeAt(`10.0.0.${place}`, answer);
  }

  /** A probe of this address, sent and answered now. */
  probeAt(host: string, answer: ProbeCase): void {
    this.#seq += 1;
    this.monitor.acceptResult(probeResult(answer, this.#seq, this.clock.now(), 0, keyOf(host)));
  }

  /** Advances the clock, with the ticks of the service. */
  async advance(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 250) {
      await this.clock.advance(Math.min(250, left));
      this.monitor.tick();
    }
  }

  server(name: string, instance = "lb-1", backend = "k8s-api"): ServerStatus {
    const status = this.monitor.live.server(`${instance}/${backend}/${name}`);
    if (status === null) throw new Error(`no server ${name}`);
    return status;
  }

  /** `false-up confirmed probe-refused`, `agree-up`. */
  verdictText(name: string, instance = "lb-1", backend = "k8s-api"): string {
    const { verdict, phase, reason } = this.server(name, instance, backend);
    return [verdict, phase, reason].filter((word) => word !== null).join(" ");
  }
}

interface PollOptions {
  readonly instance: string;
  readonly backend: string;
  readonly epoch: string;
  readonly scope: StatsSnapshot["scope"];
  readonly row: Partial<BackendView>;
  readonly sentAt: number;
  readonly info: InstanceInfo | null;
}

function keyOf(host: string): string {
  return `default|${host}`;
}
