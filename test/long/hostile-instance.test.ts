import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { BOUNDS } from "../../server/bounds.ts";
import type { InstanceStatus, ServerStatus } from "../../server/contract/status.ts";
import { type HaprobeProcess, startHaprobe } from "../support/haprobe-cli.ts";
import { LagRecorder, rssOf, SERVE_ENV, SERVE_NODE_ARGS, startIdleProcess } from "./process-load.ts";

const SCRIPT = fileURLToPath(new URL("./hostile-haproxy.ts", import.meta.url));
const SECONDS = 15;
/** Four times the largest response. */
const GROWTH_MAX_MB = (4 * BOUNDS.pollResponseMaxBytes) / 1_048_576;
/** 99th percentile of the event loop's lag. */
const LOOP_LAG_MAX_MS = 50;
/** What may stay of it, in MB. */
const LEFT_MAX_MB = 50;

let folder: string;
let web: Server;
let idle: Awaited<ReturnType<typeof startIdleProcess>>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "haprobe-hostile-"));
  web = createServer((request, response) => {
    response.statusCode = request.headers.host?.startsWith("127.0.0.2") === true ? 500 : 200;
    response.end("ok");
  }).listen(0);
  await once(web, "listening");
  idle = await startIdleProcess();
});
afterAll(async () => {
  idle.stop();
  web.close();
  await rm(folder, { recursive: true });
});

async function startHaproxy(name: string, kind: string, rows: number, host: string): Promise<ChildProcess> {
  const { port } = web.address() as AddressInfo;
  // A killed process leaves its socket.
  await rm(join(folder, `${name}.sock`), { force: true });
  const args = [SCRIPT, join(folder, `${name}.sock`), kind, String(rows), `${host}:${port}`];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout, "data");
  return child;
}

async function healthyServers({ url }: HaprobeProcess): Promise<readonly ServerStatus[]> {
  const response = await fetch(`${url}/api/v1/servers?instance=healthy`);
  return ((await response.json()) as { servers: ServerStatus[] }).servers;
}

/** Milliseconds of the event loop's lag, 99th percentile since the last scrape. */
async function loopLagOf({ url }: HaprobeProcess): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return 1_000 * Number(/^nodejs_eventloop_lag_p99_seconds ([\d.e+-]+)$/m.exec(text)?.[1]);
}

/** Milliseconds since the last poll of the healthy instance. */
async function ageOfHealthy({ url }: HaprobeProcess): Promise<number> {
  const { instances } = (await (await fetch(`${url}/api/v1/instances`)).json()) as { instances: InstanceStatus[] };
  return Date.now() - Date.parse(instances.find(({ name }) => name === "healthy")?.lastPollAt ?? "");
}

test.each([
  ["60,000 rows that stay the same", "stable", 60_000, 1],
  ["60,000 rows whose counters tick", "counters", 60_000, 1],
  ["60,000 servers that go up and down", "flapping", 60_000, 1],
  ["60,000 servers that move", "moving", 60_000, 1],
  ["15,000 servers whose columns all change", "columns", 15_000, 1],
  ["4,000 servers that are probed at ever other addresses", "targets", 4_000, 1],
  ["4,000 ever new backends", "new-backends", 4_000, 1],
  ["a servers' state of 700,000 unknown servers", "ghosts", 1, 1],
  ["5,000 servers of ever new names", "new-names", 5_000, 1],
  ["20,000 servers at one address that fails", "one-target", 20_000, 1],
  ["three instances of 15,000 servers that go up and down", "flapping", 15_000, 3],
])("%s do not delay the healthy instance", { timeout: 400_000 }, async (_, kind, rows, instances) => {
  const names = Array.from({ length: instances }, (__, n) => `${kind}-${n}`);
  const healthy = await startHaproxy("healthy", "one-target", 20, "127.0.0.1");
  const hostile = await Promise.all(names.map((name) => startHaproxy(name, kind, rows, "127.0.0.2")));
  const config = join(folder, "haprobe.yaml");
  const entries = ["healthy", ...names].map((name) => `  - {name: ${name}, stats: "unix:${folder}/${name}.sock"}\n`);
  await writeFile(config, `haproxy:\n${entries.slice(0, 1).join("")}`);
  const haprobe = await startHaprobe(["--config", config], SERVE_ENV, undefined, undefined, SERVE_NODE_ARGS);
  try {
    await expect
      .poll(async () => (await healthyServers(haprobe)).map(({ verdict }) => verdict), { timeout: 20_000 })
      .toEqual(Array(20).fill("agree-up"));
    // Code is compiled and the heap has its usual size.
    await wait(10_000);
    const before = rssOf(haprobe.pid);
    await writeFile(config, `haproxy:\n${entries.join("")}`);
    const [lag, control] = [new LagRecorder(`${haprobe.url}/livez`), new LagRecorder(idle.url)];
    // The lag counts from here.
    await loopLagOf(haprobe);
    const verdicts = new Set<string>();
    let [peak, oldest] = [0, 0];
    for (let second = 0; second < SECONDS; second += 1) {
      await wait(1_000);
      for (const { verdict, phase } of await healthyServers(haprobe)) verdicts.add(`${verdict} ${phase}`);
      oldest = Math.max(oldest, await ageOfHealthy(haprobe));
      peak = Math.max(peak, rssOf(haprobe.pid));
    }
    const loopLag = await loopLagOf(haprobe);
    const [ours, machine] = [await lag.stop(), await control.stop()];
    for (const child of hostile) child.kill("SIGUSR2");
    let after = rssOf(haprobe.pid);
    for (let second = 0; second < 120 && after > before + LEFT_MAX_MB; second += 1) {
      await wait(1_000);
      after = rssOf(haprobe.pid);
    }
    const round = (value: number): number => Math.round(value);
    console.log(
      JSON.stringify({
        kind,
        rows,
        instances,
        p99: round(ours.p99),
        loopLag: round(loopLag),
        longest: round(ours.longest),
        idleP99: round(machine.p99),
        before: round(before),
        peak: round(peak),
        after: round(after),
        oldestViewMs: round(oldest),
      }),
    );
    expect([...verdicts]).toEqual(["agree-up null"]);
    expect(oldest).toBeLessThan(BOUNDS.staleFloorMs);
    expect(loopLag).toBeLessThan(LOOP_LAG_MAX_MS + machine.p99);
    expect(ours.p99).toBeLessThan(100 + machine.p99);
    expect(peak - before).toBeLessThan(GROWTH_MAX_MB * instances);
    expect(after).toBeLessThan(before + LEFT_MAX_MB);
  } finally {
    await haprobe[Symbol.asyncDispose]();
    for (const child of [healthy, ...hostile]) child.kill("SIGKILL");
  }
});
