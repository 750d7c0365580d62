import type { SeededRandom } from "./seeded-random.ts";
import type { BlockMode, ConnectionOutcome } from "./simulated-machine.ts";
import type { ConnectionOrigin, SimulatedNetwork } from "./simulated-network.ts";
import { SimulatedSlot, type SlotSettings } from "./simulated-slot.ts";
import { type ServerStateLine, type StatRow, renderStatsReply } from "./stats-reply.ts";
import type { VirtualTime } from "./virtual-time.ts";

/** Milliseconds between two looks at HAProxy's own clients. */
const TRAFFIC_EVERY_MS = 250;
const WALL_AT_ZERO_SECONDS = 1_795_000_000;

export interface HaproxySettings {
  readonly name: string;
  readonly slots: readonly SlotSettings[];
  readonly sessionsPerSecond: number;
  /** `load-server-state-from-file`, and a file that is written before each reload. */
  readonly stateFile: boolean;
}

/** One HAProxy: checks, operators, reloads, clients, and the text that its stats socket would answer with. */
export class SimulatedHaproxy {
  readonly name: string;
  readonly slots: readonly SimulatedSlot[];
  readonly #settings: HaproxySettings;
  readonly #time: VirtualTime;
  readonly #network: SimulatedNetwork;
  readonly #random: SeededRandom;
  readonly #proxyIds = new Map<string, number>();
  #frozenUntil = 0;
  #pid = 100;
  #startedAt = 0;
  /** Counts processes: what an older one had planned is not done any more. */
  #generation = 0;
  #pendingSessions = 0;

  constructor(settings: HaproxySettings, time: VirtualTime, network: SimulatedNetwork, random: SeededRandom) {
    this.name = settings.name;
    this.#settings = settings;
    this.#time = time;
    this.#network = network;
    this.#random = random;
    this.slots = settings.slots.map((slot) => new SimulatedSlot(slot));
    const backends = [...new Set(this.slots.map((slot) => slot.settings.backend))].sort();
    for (const [i, backend] of backends.entries()) this.#proxyIds.set(backend, i + 2);
    this.#startProcess(null);
    this.#serveClients();
  }

  slot(machine: string): SimulatedSlot {
    const slot = this.slots.find(({ name }) => name === machine);
    if (slot === undefined) throw new Error(`${this.name} has no server ${machine}`);
    return slot;
  }

  /** `-sf`: a new process answers at once, and knows only what is in the state file. */
  reload(): void {
    const saved = this.#settings.stateFile ? new Map(this.slots.map((slot) => [slot, slot.saveState()])) : null;
    this.#startProcess(saved);
  }

  /** From now on nothing of it runs for `ms`, as after SIGSTOP. */
  freeze(ms: number): void {
    this.#frozenUntil = Math.max(this.#frozenUntil, this.#time.now() + ms);
  }

  /** Milliseconds until it answers again. */
  get frozenForMs(): number {
    return Math.max(0, this.#frozenUntil - this.#time.now());
  }

  clearCounters(): void {
    for (const slot of this.slots) slot.clearCounters();
  }

  /** The answer to `show info;show servers state;show stat`, about everything or one backend. */
  renderStats(proxyId: number | null, serversState: boolean): string {
    const rows: StatRow[] = [];
    for (const [backend, iid] of this.#proxyIds) {
      if (proxyId !== null && proxyId !== iid) continue;
      const slots = this.slots.filter((slot) => slot.settings.backend === backend);
      for (const slot of slots) {
        const sid = this.#serverId(slot);
        const addr = `${slot.settings.machine.host}:${slot.settings.machine.port}`;
        const names = {
          pxname: backend,
          svname: slot.name,
          iid,
          sid,
          type: 2,
          mode: slot.settings.mode,
          bck: 0,
          act: 1,
        };
        rows.push({ ...names, scur: 0, lastchg: 0, addr, ...slot.columns() });
      }
      const act = slots.filter((slot) => slot.usable).length;
      const stot = slots.reduce((sum, slot) => sum + slot.sessions, 0);
      const status = act > 0 ? "UP" : "DOWN";
      rows.push({
        pxname: backend,
        svname: "BACKEND",
        iid,
        sid: 0,
        type: 1,
        mode: slots[0]?.settings.mode ?? "tcp",
        status,
        act,
        bck: 0,
        stot,
      });
    }
    const process = {
      pid: this.#pid,
      startedAtSeconds: WALL_AT_ZERO_SECONDS + Math.floor(this.#startedAt / 1_000),
      uptimeSeconds: Math.floor((this.#time.now() - this.#startedAt) / 1_000),
    };
    return renderStatsReply(process, rows, serversState ? this.slots.map((slot) => this.#serverStateLine(slot)) : null);
  }

  #serverStateLine(slot: SimulatedSlot): ServerStateLine {
    const { machine, backend } = slot.settings;
    const proxyId = this.#proxyIds.get(backend) ?? 0;
    return {
      proxyId,
      backend,
      serverId: this.#serverId(slot),
      server: slot.name,
      host: machine.host,
      port: machine.port,
    };
  }

  #serverId(slot: SimulatedSlot): number {
    return this.slots.indexOf(slot) + 1;
  }

  #startProcess(saved: ReadonlyMap<SimulatedSlot, ReturnType<SimulatedSlot["saveState"]>> | null): void {
    this.#generation += 1;
    this.#pid += 1;
    this.#startedAt = this.#time.now();
    for (const slot of this.slots) {
      const interMs = slot.settings.check?.interMs ?? 0;
      // A row of chance for each server, so that the order of the configuration decides nothing.
      const first = this.#random.fork(slot.name, String(this.#generation)).between(0, interMs);
      slot.start(
        (ms, run) => this.#after(ms, run),
        () => this.#connect(slot),
        first,
        saved?.get(slot) ?? null,
      );
    }
  }

  #connect({ settings: { machine } }: SimulatedSlot): ConnectionOutcome {
    return machine.connect(this.#cutTo(machine.host));
  }

  #connectClient({ settings: { machine } }: SimulatedSlot): ConnectionOutcome {
    return machine.connectClient(this.#cutTo(machine.host));
  }

  #cutTo(host: string): BlockMode | null {
    const from: ConnectionOrigin = `haproxy ${this.name}`;
    return this.#network.blockedBetween(from, host);
  }

  /** In its own time: what is due while it is frozen is done when it goes on. */
  #after(ms: number, run: () => void): () => void {
    const generation = this.#generation;
    let cancelled = false;
    const due = (): void => {
      if (cancelled || generation !== this.#generation) return;
      if (this.#time.now() < this.#frozenUntil) this.#time.at(this.#frozenUntil, due);
      else run();
    };
    this.#time.at(this.#time.now() + ms, due);
    return () => {
      cancelled = true;
    };
  }

  #serveClients(): void {
    const { sessionsPerSecond } = this.#settings;
    if (sessionsPerSecond === 0) return;
    this.#time.at(this.#time.now() + TRAFFIC_EVERY_MS, () => {
      this.#pendingSessions += (sessionsPerSecond * TRAFFIC_EVERY_MS) / 1_000;
      // Every usable server gets its share: a random choice would make one server's fate depend on the list of the others.
      const rounds = this.frozenForMs > 0 ? 0 : Math.floor(this.#pendingSessions);
      this.#pendingSessions -= Math.floor(this.#pendingSessions);
      for (let round = 0; round < rounds; round += 1) {
        for (const slot of this.slots) if (slot.usable) slot.countSession(this.#connectClient(slot));
      }
      this.#serveClients();
    });
  }
}
