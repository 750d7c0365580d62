import { UNEXPECTED_FAULTS } from "../unexpected-faults.ts";
import { BOUNDS } from "../../../server/bounds.ts";
import type { JudgePolicy } from "../../../server/contract/target.ts";
import { createPoller, type Poller } from "../../../server/haproxy/poller.ts";
import { Monitor } from "../../../server/monitor/monitor.ts";
import { MONITOR_LIMITS } from "../../../server/monitor/monitor-options.ts";
import { createScheduler } from "../../../server/probe/scheduler.ts";
import { HeldClock } from "../../../server/recording/held-clock.ts";
import { MonitorInputs, recordAssignments } from "../../../server/recording/monitor-inputs.ts";
import type { Recorder } from "../../../server/recording/recorder.ts";
import { POLICY, TARGET } from "../judge-harness.ts";
import { instanceNamed } from "../monitor-harness.ts";
import type { CheckSettings } from "./simulated-check.ts";
import { SeededRandom } from "./seeded-random.ts";
import { SimulatedMachine } from "./simulated-machine.ts";
import { SimulatedNetwork } from "./simulated-network.ts";
import { SimulatedProcess } from "./simulated-process.ts";
import { SimulatedHaproxy } from "./simulated-haproxy.ts";
import { simulatedProbe } from "./simulated-probe.ts";
import { simulatedSource, statsHost } from "./simulated-source.ts";
import type { VerdictChange, Timeline } from "./timeline.ts";
import { VirtualTime } from "./virtual-time.ts";

/** How deep HAProxy's check of a server looks. */
export type CheckLayer = "none" | "L4" | "L6" | "L7";

export interface MachineSettings {
  readonly name: string;
  readonly depth: CheckLayer;
  /** Null with depth `none`. */
  readonly check: Omit<CheckSettings, "depth"> | null;
  readonly agentInterMs: number | null;
  readonly site: number;
}

export interface SimulationSettings {
  readonly seed: number;
  /** In the order in which HAProxy's configuration has them. */
  readonly machines: readonly MachineSettings[];
  /** Each site has so many HAProxies in front of its own machines. */
  readonly sites: number;
  readonly haproxiesPerSite: number;
  readonly sessionsPerSecond: number;
  readonly stateFile: boolean;
  readonly lostPolls: number;
  readonly probeTimeoutMs: number;
  /** Off where two histories are compared to the millisecond: all targets share one row of chance for it. */
  readonly jitter: boolean;
  readonly policy?: Partial<JudgePolicy>;
  /** Only in `http` HAProxy counts what clients get. */
  readonly mode: "tcp" | "http";
  /** No rule names the path of the probes. */
  readonly isGuessed?: boolean;
  /** Records what the monitor is given. */
  readonly recorder?: Recorder;
}

/** A sequence of actions: it yields the milliseconds until it continues. */
export type Scenario = Generator<number, void, void>;

/** Servers, networks, HAProxies and haprobe's own engine (its real pollers, scheduler and monitor) on virtual time. */
export class Simulation {
  readonly time = new VirtualTime();
  readonly haprobe = new SimulatedProcess(this.time);
  readonly network = new SimulatedNetwork();
  readonly timeline: Timeline = { verdicts: [], events: [], episodes: [] };
  readonly settings: SimulationSettings;
  readonly machines: ReadonlyMap<string, SimulatedMachine>;
  readonly haproxies: readonly SimulatedHaproxy[];
  readonly monitor: Monitor;
  readonly #inputs: MonitorInputs;
  readonly #pollers = new Map<string, Poller>();
  readonly #scheduler: ReturnType<typeof createScheduler>;
  #stopped = false;

  constructor(settings: SimulationSettings) {
    this.settings = settings;
    const random = new SeededRandom(settings.seed);
    this.machines = new Map(settings.machines.map((machine) => [machine.name, this.#machine(machine, random)]));
    this.haproxies = Array.from({ length: settings.sites * settings.haproxiesPerSite }, (_, i) =>
      this.#haproxy(i, random),
    );

    const byHost = new Map([...this.machines.values()].map((machine) => [machine.host, machine]));
    const jitter = random.fork("jitter");
    this.#scheduler = createScheduler({
      clock: this.haprobe,
      vantage: "here",
      random: () => (settings.jitter ? jitter.next() : 0.5),
      probe: simulatedProbe((host) => byHost.get(host) as SimulatedMachine, this.haprobe, this.network),
    });
    const clock = new HeldClock(this.haprobe);
    this.monitor = this.#newMonitor(clock);
    this.#inputs = new MonitorInputs(this.monitor, clock, settings.recorder ?? null);
    this.#scheduler.start({ onResult: (result) => this.#inputs.acceptResult(result) });
    for (const haproxy of this.haproxies) this.#pollers.set(haproxy.name, this.#poller(haproxy, random));
  }

  /** Something happened that a reader of the timeline has to know. */
  recordEvent(text: string, machine: string | null = null): void {
    this.timeline.events.push({ at: this.time.now(), machine, text });
  }

  /** Lets a story begin now. */
  startScenario(story: Scenario): void {
    const step = (): void => {
      const { value, done } = story.next();
      if (done !== true) this.time.at(this.time.now() + value, step);
    };
    step();
  }

  /** HAProxies of the machine's site. */
  haproxiesOf(machine: string): readonly SimulatedHaproxy[] {
    return this.haproxies.filter((haproxy) => haproxy.slots.some(({ name }) => name === machine));
  }

  /** Starts haprobe, lets the time pass and stops it again. */
  async run(ms: number): Promise<Timeline> {
    this.#inputs.start();
    for (const poller of this.#pollers.values()) poller.start();
    this.#tick();
    await this.time.runUntil(ms);
    this.#stopped = true;
    await Promise.all([...this.#pollers.values()].map((poller) => poller.stop()));
    await this.#scheduler.stop();
    return this.timeline;
  }

  #recordVerdict(key: string, to: Pick<VerdictChange, "verdict" | "phase" | "reason">): void {
    const status = this.monitor.live.server(key);
    const [probe, fault] = [status?.probe.outcome ?? "pending", status?.probeReason ?? null];
    this.timeline.verdicts.push({ at: this.time.now(), key, ...to, probe, fault });
  }

  #tick(): void {
    if (this.#stopped) return;
    this.haprobe.after(BOUNDS.tickEveryMs, () => this.#tick());
    this.#inputs.tick();
  }

  #machine(settings: MachineSettings, random: SeededRandom): SimulatedMachine {
    const { name, site } = settings;
    // By its name, so that the order of the list decides nothing.
    const place = 1 + [...this.settings.machines.map((machine) => machine.name)].sort().indexOf(name);
    const address = { name, host: `10.${site}.0.${place}`, port: 6_443, tls: true };
    return new SimulatedMachine(address, random.fork("machine", name), (condition) =>
      this.recordEvent(`${name} is ${condition}`, name),
    );
  }

  #haproxy(index: number, random: SeededRandom): SimulatedHaproxy {
    const { machines, haproxiesPerSite, sessionsPerSecond, stateFile, mode } = this.settings;
    const site = Math.floor(index / haproxiesPerSite);
    const name = `lb-${index + 1}`;
    const slots = machines
      .filter((machine) => machine.site === site)
      .map(({ name: server, depth, check, agentInterMs }) => ({
        machine: this.machines.get(server) as SimulatedMachine,
        // One backend has one check, and one row proves it for its siblings.
        backend: `be-${depth}-${check?.interMs ?? 0}${agentInterMs === null ? "" : "-agent"}`,
        check: check === null || depth === "none" ? null : { ...check, depth },
        agentInterMs,
        mode,
      }));
    const settings = { name, slots, sessionsPerSecond, stateFile };
    return new SimulatedHaproxy(settings, this.time, this.network, random.fork("haproxy", name));
  }

  #poller(haproxy: SimulatedHaproxy, random: SeededRandom): Poller {
    const simulation = {
      time: this.time,
      us: this.haprobe,
      network: this.network,
      random: random.fork("polls", haproxy.name),
    };
    return createPoller({
      instance: instanceNamed(haproxy.name),
      clock: this.haprobe,
      onSnapshot: (snapshot) => this.#inputs.acceptSnapshot(snapshot, snapshot.effectiveEveryMs),
      onFailure: (failure) => this.#inputs.acceptPollFailure(failure.instance, failure, failure.effectiveEveryMs),
      source: simulatedSource(haproxy, simulation, { lossRate: this.settings.lostPolls }),
    });
  }

  #newMonitor(clock: HeldClock): Monitor {
    const { probeTimeoutMs, recorder = null, isGuessed = false } = this.settings;
    const policy = { ...POLICY, ...this.settings.policy };
    const instances = this.haproxies.map(({ name }) => instanceNamed(name));
    recorder?.begin(clock.hold(), clock.offset, { instances, rules: "" }, null);
    const monitor = new Monitor({
      vantage: "here",
      epoch: "simulated",
      clock,
      limits: MONITOR_LIMITS,
      instances,
      assign: recordAssignments(
        ({ address }) =>
          address.kind === "ip"
            ? {
                kind: "target",
                target: {
                  ...TARGET,
                  key: address.host,
                  host: address.host,
                  timeoutMs: probeTimeoutMs,
                  guessed: isGuessed,
                },
                policy,
              }
            : { kind: "none", reason: "no-address", policy },
        recorder,
      ),
      actions: {
        scheduleTarget: (target, pace) => this.#scheduler.ensure(target, pace),
        removeTarget: (key) => this.#scheduler.forget(key),
        probeSoon: (key) => this.#scheduler.probeSoon(key),
        suppressHedging: (key, on) => this.#scheduler.suppressHedging(key, on),
        pollSoon: (instance, backend) => this.#pollers.get(instance)?.pollSoon(backend),
        statsRow: () => null,
      },
      faults: UNEXPECTED_FAULTS,
    });
    clock.release();
    if (recorder !== null) monitor.subscribe(recorder);
    monitor.subscribe({
      name: "timeline",
      apply: (event) => {
        if (event.type === "verdict-changed") this.#recordVerdict(event.key, event.to);
        else if (event.type === "paused") this.recordEvent(`haprobe noticed that it was paused for ${event.forMs} ms`);
      },
    });
    return monitor;
  }

  /** Cuts everything at a site off from us: its machines and the stats of its HAProxies. */
  cutSite(site: number, kind: "drop" | "reject"): () => void {
    const machines = [...this.machines.values()].filter(({ host }) => host.startsWith(`10.${site}.`));
    const { haproxiesPerSite } = this.settings;
    const stats = this.haproxies.slice(site * haproxiesPerSite, (site + 1) * haproxiesPerSite);
    this.recordEvent(`site ${site} is cut off from us (${kind})`);
    return this.network.block(
      "us",
      [...machines.map(({ host }) => host), ...stats.map(({ name }) => statsHost(name))],
      kind,
    );
  }
}
