import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer as createHttpServer, type Server as HttpServer } from "node:http";
import { type AddressInfo, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, test } from "vitest";
import { BOUNDS } from "../../server/bounds.ts";
import type { InstanceStatus, ServerStatus } from "../../server/contract/status.ts";
import { backendRow, renderResponseText, serverRow } from "../haproxy/rendered-response.ts";
import { type HaprobeProcess, startHaprobe } from "../support/haprobe-cli.ts";
import { HOSTILE_KINDS, type HostileServers, startHostileServers } from "./hostile-kinds.ts";
import { cpuOf, LagRecorder, rssOf, SERVE_ENV, SERVE_NODE_ARGS, startIdleProcess } from "./process-load.ts";

const SERVERS = 20;
/** Part of a core that all of them take, above an idle haprobe. */
const SHARE_MAX = 0.02;
/** The same until each server has its pace: the first probes are read within their limits before a target is costly. */
const SHARE_AT_FIRST_MAX = 0.06;
/** A chain of 20 certificates takes 19 ms to verify, of which each target has five before it is costly. */
const SHARE_OF_CHAINS_AT_FIRST_MAX = 0.25;
/** Growth of the resident memory that stays, in MB. */
const GROWTH_MAX_MB = 50;
/** Until the first share is measured; until each server has its pace; the time over which the share is measured; and that of the requests. */
const [WARM_UP_MS, SETTLE_MS, MEASURE_MS, LAG_MS] = [15_000, 45_000, 24_000, 4_000];

let folder: string;
let web: HttpServer;
let idle: Awaited<ReturnType<typeof startIdleProcess>>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "haprobe-servers-"));
  idle = await startIdleProcess();
  web = createHttpServer((_, response) => response.end("ok")).listen(0, "127.0.0.1");
  await once(web, "listening");
});
afterAll(async () => {
  idle.stop();
  web.close();
  await rm(folder, { recursive: true });
});

function portOf(server: { address(): unknown }): number {
  return (server.address() as AddressInfo).port;
}

/** A haprobe with a healthy HAProxy and one whose servers are set. */
class TestBed implements AsyncDisposable {
  readonly #folder: string;
  readonly #haproxies: Server[] = [];
  readonly #tables = new Map<string, { readonly table: string; readonly withState: string }>();
  #haprobe: HaprobeProcess | null = null;

  constructor(name: number) {
    this.#folder = join(folder, `${name}`);
  }

  async start(): Promise<HaprobeProcess> {
    await mkdir(this.#folder);
    for (const [name, ports] of [
      ["healthy", [portOf(web)]],
      ["hostile", []],
    ] as const) {
      this.setServers(name, ports);
      this.#haproxies.push(await this.#listenAsHaproxy(name));
    }
    const config = join(this.#folder, "haprobe.yaml");
    const stats = (name: string): string => `{name: ${name}, stats: "unix:${this.#folder}/${name}.sock"}`;
    // A backend's name is the scheme of its servers.
    const rule = (scheme: string): string =>
      `{match: {backend: ${scheme}}, http: {scheme: ${scheme}, path: /x}, every: 1s}`;
    await writeFile(
      config,
      `haproxy: [${stats("healthy")}, ${stats("hostile")}]\nprobes: [${rule("http")}, ${rule("https")}]\n`,
    );
    this.#haprobe = await startHaprobe(["--config", config], SERVE_ENV, undefined, undefined, SERVE_NODE_ARGS);
    return this.#haprobe;
  }

  /** From the next poll on, this HAProxy has these servers. */
  setServers(name: "healthy" | "hostile", ports: readonly number[], scheme = "http"): void {
    const servers = ports.map((port, n) =>
      serverRow(`s${n}`, n + 1, { pxname: scheme, addr: `127.0.0.1:${port}`, check_status: "L4OK" }),
    );
    const state = { startTime: 1_000, rows: [backendRow(1, { pxname: scheme }), ...servers] };
    const withState = renderResponseText({ ...state, serverStates: [] });
    this.#tables.set(name, { table: renderResponseText(state), withState });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#haprobe?.[Symbol.asyncDispose]();
    for (const one of this.#haproxies) one.close();
  }

  async #listenAsHaproxy(name: string): Promise<Server> {
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      socket.on("error", () => {});
      socket.once("data", (request) => {
        const { table = "", withState = "" } = this.#tables.get(name) ?? {};
        socket.end(request.includes("servers state") ? withState : table);
      });
    }).listen(join(this.#folder, `${name}.sock`));
    await once(server, "listening");
    return server;
  }
}

async function serversOf({ url }: HaprobeProcess, instance: string): Promise<readonly ServerStatus[]> {
  const response = await fetch(`${url}/api/v1/servers?instance=${instance}`);
  return ((await response.json()) as { servers: ServerStatus[] }).servers;
}

/** Milliseconds since the last poll of the healthy HAProxy. */
async function ageOfHealthy({ url }: HaprobeProcess): Promise<number> {
  const { instances } = (await (await fetch(`${url}/api/v1/instances`)).json()) as { instances: InstanceStatus[] };
  return Date.now() - Date.parse(instances.find(({ name }) => name === "healthy")?.lastPollAt ?? "");
}

async function shareDuring({ pid }: HaprobeProcess, ms: number): Promise<number> {
  const [before, startedAt] = [cpuOf(pid), performance.now()];
  await wait(ms);
  return ((cpuOf(pid) - before) * 1_000) / (performance.now() - startedAt);
}

const percent = (part: number): number => Number((part * 100).toFixed(2));

const KINDS = HOSTILE_KINDS.map((kind, index) => ({ ...kind, index }));

// Each has a haprobe of its own, so that several can be measured at a time.
test.concurrent.for(KINDS)("20 servers that $what", { timeout: 240_000 }, async (kind, { expect }) => {
  const { what, scheme, chain, index } = kind;
  await using bed = new TestBed(index);
  const haprobe = await bed.start();
  await wait(WARM_UP_MS);
  const shareAlone = await shareDuring(haprobe, WARM_UP_MS);
  const rssAtStart = rssOf(haprobe.pid);
  const hostile: HostileServers = await startHostileServers(kind, SERVERS);
  bed.setServers("hostile", hostile.ports, scheme);
  const atFirst = (await shareDuring(haprobe, SETTLE_MS)) - shareAlone;
  const cost = (await shareDuring(haprobe, MEASURE_MS)) - shareAlone;
  const [lag, machine] = [new LagRecorder(`${haprobe.url}/livez`), new LagRecorder(idle.url)];
  const healthy = new Set<string>();
  let oldest = 0;
  for (const endsAt = performance.now() + LAG_MS; performance.now() < endsAt; await wait(500)) {
    for (const { verdict, phase } of await serversOf(haprobe, "healthy")) healthy.add(`${verdict} ${phase}`);
    oldest = Math.max(oldest, await ageOfHealthy(haprobe));
  }
  const [ours, idleLag] = [await lag.stop(), await machine.stop()];
  const servers = await serversOf(haprobe, "hostile");
  const faults = new Set(servers.map(({ verdict, probeReason }) => `${verdict} ${probeReason}`));
  hostile.close();
  bed.setServers("hostile", []);
  let rss = rssOf(haprobe.pid);
  for (let second = 0; second < 60 && rss > rssAtStart + GROWTH_MAX_MB; second += 1) {
    await wait(1_000);
    rss = rssOf(haprobe.pid);
  }
  const shares = { percent: percent(cost), atFirst: percent(atFirst), alone: percent(shareAlone) };
  const lags = { p99: Math.round(ours.p99), idleP99: Math.round(idleLag.p99) };
  const growth = Math.round(rss - rssAtStart);
  console.log(JSON.stringify({ what, ...shares, ...lags, growth, faults: [...faults] }));
  expect.soft(cost).toBeLessThan(SHARE_MAX);
  expect.soft(atFirst).toBeLessThan(chain === undefined ? SHARE_AT_FIRST_MAX : SHARE_OF_CHAINS_AT_FIRST_MAX);
  expect.soft([...healthy]).toEqual(["agree-up null"]);
  expect.soft(oldest).toBeLessThan(BOUNDS.staleFloorMs);
  expect.soft(ours.p99).toBeLessThan(100 + idleLag.p99);
  expect.soft(rss).toBeLessThan(rssAtStart + GROWTH_MAX_MB);
  // A failure is never hidden.
  expect.soft(servers).toHaveLength(SERVERS);
  for (const fault of faults) expect.soft(fault).not.toMatch(/stale/);
});
