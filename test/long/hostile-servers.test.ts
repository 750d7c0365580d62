import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer as createHttpServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { BOUNDS } from "../../server/bounds.ts";
import type { InstanceStatus, ServerStatus } from "../../server/contract/status.ts";
import { backendRow, renderResponseText, serverRow } from "../haproxy/rendered-response.ts";
import { makeAuthority } from "../support/certificates.ts";
import { type HaprobeProcess, startHaprobe } from "../support/haprobe-cli.ts";
import { HOSTILE_KINDS, type HostileServers, startHostileServers } from "./hostile-kinds.ts";
import { cpuOf, LagRecorder, rssOf, SERVE_ENV, SERVE_NODE_ARGS, startIdleProcess } from "./process-load.ts";

const SERVERS = 20;
/** Part of a core that all of them take. */
const SHARE_MAX = 0.02;
/** Growth of the resident memory that stays, in MB. */
const GROWTH_MAX_MB = 50;
/** Until each server has its pace; the time over which the share is measured; and that of the requests. */
const [SETTLE_MS, MEASURE_MS, LAG_MS] = [35_000, 12_000, 4_000];

let folder: string;
let haprobe: HaprobeProcess;
let idle: Awaited<ReturnType<typeof startIdleProcess>>;
const closables: { close(): void }[] = [];
const tables = new Map<string, { readonly table: string; readonly withState: string }>();
let shareWithoutServers = 0;
let shareOfHealthyTls = 0;
let rssAtStart = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "haprobe-servers-"));
  idle = await startIdleProcess();
  const web = createHttpServer((_, response) => response.end("ok")).listen(0, "127.0.0.1");
  await once(web, "listening");
  for (const [name, ports] of [
    ["hostile", []],
    ["healthy", [portOf(web)]],
  ] as const) {
    setServers(name, ports);
    closables.push(await listenAsHaproxy(name));
  }
  closables.push(web);
  const config = join(folder, "haprobe.yaml");
  const stats = (name: string): string => `{name: ${name}, stats: "unix:${folder}/${name}.sock"}`;
  // A backend's name is the scheme of its servers.
  const rule = (scheme: string): string =>
    `{match: {backend: ${scheme}}, http: {scheme: ${scheme}, path: /x}, every: 1s}`;
  await writeFile(
    config,
    `haproxy: [${stats("healthy")}, ${stats("hostile")}]\nprobes: [${rule("http")}, ${rule("https")}]\n`,
  );
  haprobe = await startHaprobe(["--config", config], SERVE_ENV, undefined, undefined, SERVE_NODE_ARGS);
  // Servers of both kinds once, so that the code is compiled and the heap has its usual size.
  for (const what of ["reset each TLS connection", "send chunks of one byte without end"]) {
    const kind = HOSTILE_KINDS.find((one) => one.what === what);
    if (kind === undefined) throw new Error(what);
    const servers = await startHostileServers(kind, SERVERS);
    setServers("hostile", servers.ports, kind.scheme);
    await wait(10_000);
    servers.close();
  }
  setServers("hostile", []);
  await wait(5_000);
  rssAtStart = rssOf(haprobe.pid);
  shareWithoutServers = await shareDuring(MEASURE_MS);
  shareOfHealthyTls = await measureHealthyTls();
  console.log(JSON.stringify({ rssAtStart: Math.round(rssAtStart), idle: percent(shareWithoutServers) }));
}, 120_000);
afterAll(async () => {
  await haprobe[Symbol.asyncDispose]();
  idle.stop();
  for (const one of closables) one.close();
  await rm(folder, { recursive: true });
});

function portOf(server: { address(): unknown }): number {
  return (server.address() as AddressInfo).port;
}

async function listenAsHaproxy(name: string): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on("error", () => {});
    socket.once("data", (request) => {
      const { table = "", withState = "" } = tables.get(name) ?? {};
      socket.end(request.includes("servers state") ? withState : table);
    });
  }).listen(join(folder, `${name}.sock`));
  await once(server, "listening");
  return server;
}

/** From the next poll on, this HAProxy has these servers. */
function setServers(name: string, ports: readonly number[], scheme = "http"): void {
  const servers = ports.map((port, n) =>
    serverRow(`s${n}`, n + 1, { pxname: scheme, addr: `127.0.0.1:${port}`, check_status: "L4OK" }),
  );
  const state = { startTime: 1_000, rows: [backendRow(1, { pxname: scheme }), ...servers] };
  const withState = renderResponseText({ ...state, serverStates: [] });
  tables.set(name, { table: renderResponseText(state), withState });
}

async function serversOf(instance: string): Promise<readonly ServerStatus[]> {
  const response = await fetch(`${haprobe.url}/api/v1/servers?instance=${instance}`);
  return ((await response.json()) as { servers: ServerStatus[] }).servers;
}

/** Milliseconds since the last poll of the healthy HAProxy. */
async function ageOfHealthy(): Promise<number> {
  const response = await fetch(`${haprobe.url}/api/v1/instances`);
  const { instances } = (await response.json()) as { instances: InstanceStatus[] };
  return Date.now() - Date.parse(instances.find(({ name }) => name === "healthy")?.lastPollAt ?? "");
}

async function shareDuring(ms: number): Promise<number> {
  const [before, startedAt] = [cpuOf(haprobe.pid), performance.now()];
  await wait(ms);
  return ((cpuOf(haprobe.pid) - before) * 1_000) / (performance.now() - startedAt);
}

/** Part of a core for healthy servers with a fresh TLS connection for each probe. */
async function measureHealthyTls(): Promise<number> {
  const { cert, key } = await (await makeAuthority()).issue({ names: ["127.0.0.1"] });
  const servers = Array.from({ length: SERVERS }, () =>
    createHttpsServer({ cert, key }, (_, response) => response.end("ok")).listen(0, "127.0.0.1"),
  );
  await Promise.all(servers.map((server) => once(server, "listening")));
  setServers("hostile", servers.map(portOf), "https");
  await wait(5_000);
  const share = await shareDuring(MEASURE_MS);
  for (const server of servers) server.close();
  return share - shareWithoutServers;
}

const percent = (part: number): number => Number((part * 100).toFixed(2));

test.each(HOSTILE_KINDS)("20 servers that $what", { timeout: 180_000 }, async (kind) => {
  const hostile: HostileServers = await startHostileServers(kind, SERVERS);
  const { what, scheme } = kind;
  setServers("hostile", hostile.ports, scheme);
  await wait(SETTLE_MS);
  const cost = (await shareDuring(MEASURE_MS)) - shareWithoutServers;
  const [lag, machine] = [new LagRecorder(`${haprobe.url}/livez`), new LagRecorder(idle.url)];
  const healthy = new Set<string>();
  let oldest = 0;
  for (const endsAt = performance.now() + LAG_MS; performance.now() < endsAt; await wait(500)) {
    for (const { verdict, phase } of await serversOf("healthy")) healthy.add(`${verdict} ${phase}`);
    oldest = Math.max(oldest, await ageOfHealthy());
  }
  const [ours, idleLag] = [await lag.stop(), await machine.stop()];
  const faults = new Set((await serversOf("hostile")).map(({ verdict, probeReason }) => `${verdict} ${probeReason}`));
  hostile.close();
  setServers("hostile", []);
  let rss = rssOf(haprobe.pid);
  for (let second = 0; second < 60 && rss > rssAtStart + GROWTH_MAX_MB; second += 1) {
    await wait(1_000);
    rss = rssOf(haprobe.pid);
  }
  const lags = { p99: Math.round(ours.p99), idleP99: Math.round(idleLag.p99) };
  console.log(JSON.stringify({ what, percent: percent(cost), ...lags, rss: Math.round(rss), faults: [...faults] }));
  // A handshake takes a millisecond of each core, whatever becomes of it.
  expect.soft(cost).toBeLessThan(Math.max(SHARE_MAX, scheme === "https" ? 1.2 * shareOfHealthyTls : 0));
  expect.soft([...healthy]).toEqual(["agree-up null"]);
  expect.soft(oldest).toBeLessThan(BOUNDS.staleFloorMs);
  expect.soft(ours.p99).toBeLessThan(100 + idleLag.p99);
  expect.soft(rss).toBeLessThan(rssAtStart + GROWTH_MAX_MB);
  // A failure is never hidden.
  for (const fault of faults) expect.soft(fault).not.toMatch(/stale/);
});
