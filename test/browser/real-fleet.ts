import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { type ApiServer, type ApiServerMode, type ModeName, startApiServer } from "../../demo/stand-in/api-server.ts";
import { makeAuthority } from "../support/certificates.ts";
import { freePort, type RealHaproxy, startHaproxy } from "../support/real-haproxy.ts";
import { BACKENDS, type FleetPorts, PROXIES, QUIET_STAND_INS, renderFleet } from "./real-fleet-config.ts";
import { type Haprobe, type HaprobeOptions, startHaprobe } from "./real-haprobe.ts";

/** Above it HAProxy is polled once a second. */
const FAST_POLL_MAX_SERVERS = 1_000;
const DEADLINE_MS = 20_000;
const CHURN_EVERY_MS = 100;
const COMMANDS_PER_LINE = 100;

export interface FleetHaprobeOptions extends HaprobeOptions {
  /** Names of the two instances in haprobe. */
  readonly names?: readonly [string, string];
  /** Lines of the configuration besides instances and probes. */
  readonly config?: string;
  /** Reached through the reverse proxies, too. */
  readonly isBehindProxies?: boolean;
}

/** Two real HAProxies in front of stand-ins, started once; each scene gets a haprobe of its own, so that nothing outlives it. */
export class RealFleet implements AsyncDisposable {
  /** Rows of both instances. */
  readonly size: number;
  /** Servers of lb-1 without a fault, `backend/server`. */
  readonly quiet: readonly string[];
  readonly #standIns: ReadonlyMap<string, ApiServer>;
  readonly #haproxies: readonly [RealHaproxy, RealHaproxy];
  readonly #proxy: RealHaproxy;
  readonly #ports: FleetPorts;
  readonly #broken = new Set<string>();
  readonly #undo: (() => unknown)[] = [];

  private constructor(
    quiet: readonly string[],
    size: number,
    standIns: ReadonlyMap<string, ApiServer>,
    haproxies: readonly [RealHaproxy, RealHaproxy],
    proxy: RealHaproxy,
    ports: FleetPorts,
  ) {
    this.size = size;
    this.quiet = quiet;
    this.#standIns = standIns;
    this.#haproxies = haproxies;
    this.#proxy = proxy;
    this.#ports = ports;
  }

  /** Starts stand-ins and both HAProxies with this many servers in all; resolves once all of them are UP. */
  static async start(size: number): Promise<RealFleet> {
    const tls = await (await makeAuthority()).issue({ names: ["kubernetes", "127.0.0.1"] });
    const standIns = new Map<string, ApiServer>();
    for (const [backend, names] of Object.entries(BACKENDS)) {
      for (const name of names) standIns.set(name, await startApiServer({ tls: backend === "k8s-api" ? tls : null }));
    }
    for (let n = 0; n < QUIET_STAND_INS; n += 1) standIns.set(`shared-${n}`, await startApiServer({ tls: null }));
    standIns.set("denied", await startApiServer({ tls: null, mode: "deny-401" }));
    const proxies = { ...PROXIES } as Record<string, unknown>;
    for (const kind of Object.keys(PROXIES)) proxies[kind] = await freePort();
    const ports: FleetPorts = {
      traffic: [await freePort(), await freePort()],
      stats: await freePort(),
      haprobe: await freePort(),
      proxies: proxies as FleetPorts["proxies"],
    };
    const { lb1, lb2, proxies: proxyConfig, quiet } = renderFleet(size, standIns, ports);
    const haproxies = [await startHaproxy({ config: lb1 }), await startHaproxy({ config: lb2 })] as const;
    const proxy = await startHaproxy({ config: proxyConfig });
    const fleet = new RealFleet(quiet, size, standIns, haproxies, proxy, ports);
    await fleet.#untilUp();
    return fleet;
  }

  /** Port of the reverse proxy that does this. */
  proxyPort(kind: keyof typeof PROXIES): number {
    return this.#ports.proxies[kind];
  }

  /** HAProxy's own page of lb-1. */
  get statsPage(): string {
    return `http://127.0.0.1:${this.#ports.stats}/`;
  }

  /** Starts haprobe and waits until it has a verdict on nearly every server. */
  async serve(webRoot: string, options: FleetHaprobeOptions = {}): Promise<Haprobe> {
    const { names = ["lb-1", "lb-2"], config = "", isBehindProxies = false } = options;
    const every = this.size > FAST_POLL_MAX_SERVERS ? "1s" : "300ms";
    const instances = this.#haproxies.map(
      ({ adminSocket }, n) => `  - {name: ${names[n]}, stats: "unix:${adminSocket}", every: ${every}}`,
    );
    const timing = "every: 300ms, timeout: 5s";
    const access = "public-url: http://lb.example.org/haprobe\nallowed-hosts: [backend, localhost]";
    const haprobe = await startHaprobe(
      `haproxy:
${instances.join("\n")}
probes:
  - {match: {backend: "k8s-*"}, http: {scheme: https, path: /readyz, insecure-skip-verify: true}, ${timing}}
  - {match: {backend: app}, http: {path: /healthz}, grace: 1s, ${timing}}
  - {match: {backend: "*"}, http: {path: /healthz}, ${timing}}
${isBehindProxies ? access : config}`,
      webRoot,
      isBehindProxies ? { ...options, port: this.#ports.haprobe } : options,
    );
    try {
      await haprobe.until(({ servers, verdicts }) => servers === this.size && verdicts.unknown < servers / 10);
    } catch (error) {
      await haprobe[Symbol.asyncDispose]();
      throw error;
    }
    return haprobe;
  }

  /** What the stand-in of a server does from now on. */
  async fail(server: string, mode: ApiServerMode | ModeName): Promise<void> {
    this.#broken.add(server);
    await this.#standIns.get(server)?.setMode(mode);
  }

  async heal(server: string): Promise<void> {
    await this.#standIns.get(server)?.setMode("healthy");
  }

  /** Sends a command to lb-1; `undo` is sent at the reset. */
  async command(line: string, undo?: string): Promise<void> {
    if (undo !== undefined) this.#undo.push(() => this.#haproxies[0].command(undo));
    await this.#haproxies[0].command(line);
  }

  /** Takes a server of lb-1 out of service. */
  async drain(name: string): Promise<void> {
    await this.command(`set server ${name} state drain`, `set server ${name} state ready`);
  }

  /** Lets the health check of a server of `app` ask a server that demands credentials. */
  async denyCheck(server: string): Promise<void> {
    const checkAt = (name: string): string => `set server app/${server} check-port ${this.#standIns.get(name)?.port}`;
    await this.command(checkAt("denied"), checkAt(server));
  }

  /** Opens and closes this many connections to `k8s-api` and to `k8s-join` through lb-1. */
  async connectClients(count: number): Promise<void> {
    for (let n = 0; n < count; n += 1) {
      for (const port of this.#ports.traffic) {
        const socket = connect({ port, host: "127.0.0.1" });
        await once(socket, "connect");
        socket.destroy();
      }
    }
  }

  /** Stops the processes of HAProxy: they keep their sockets and answer nothing. */
  freeze(): void {
    for (const { pid } of this.#haproxies) process.kill(pid, "SIGSTOP");
    this.#undo.push(() => this.thaw());
  }

  thaw(): void {
    for (const { pid } of this.#haproxies) process.kill(pid, "SIGCONT");
  }

  /** Drains quiet servers and takes them back, this many changes a second in all; the returned function ends it, as the reset does. */
  churn(perSecond: number): () => Promise<void> {
    const ended = new AbortController();
    const running = this.#churnUntil(ended.signal, (perSecond * CHURN_EVERY_MS) / 1_000);
    const stop = async (): Promise<void> => {
      if (ended.signal.aborted) return;
      ended.abort();
      await running;
      for (let from = 0; from < this.quiet.length; from += COMMANDS_PER_LINE) {
        const names = this.quiet.slice(from, from + COMMANDS_PER_LINE);
        await this.command(names.map((name) => `set server ${name} state ready`).join(";"));
      }
    };
    this.#undo.push(stop);
    return stop;
  }

  async #churnUntil(signal: AbortSignal, changes: number): Promise<void> {
    let turn = 0;
    while (!signal.aborted) {
      const next = performance.now() + CHURN_EVERY_MS;
      const commands = Array.from({ length: changes }, () => {
        const state = Math.floor(turn / this.quiet.length) % 2 === 0 ? "drain" : "ready";
        const name = this.quiet[turn % this.quiet.length];
        turn += 1;
        return `set server ${name} state ${state}`;
      });
      await this.command(commands.join(";"));
      await pause(Math.max(0, next - performance.now()));
    }
  }

  /** Makes all as it was at the start. */
  async reset(): Promise<void> {
    for (const undo of this.#undo.splice(0)) await undo();
    for (const server of this.#broken) await this.heal(server);
    this.#broken.clear();
    await this.#untilUp();
  }

  async #untilUp(): Promise<void> {
    const deadline = performance.now() + DEADLINE_MS;
    for (const haproxy of this.#haproxies) {
      for (;;) {
        const table = await haproxy.command("show stat -1 4 -1");
        if (!/,DOWN|,INI,|,\* L|UP 1\/2|,MAINT|,DRAIN/.test(table)) break;
        if (performance.now() > deadline) throw new Error(`not all servers came up within 20 s:\n${table}`);
        await pause(50);
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.thaw();
    for (const haproxy of [...this.#haproxies, this.#proxy]) await haproxy.stop();
    await Promise.all([...this.#standIns.values()].map((server) => server.close()));
  }
}
