import { spawn } from "node:child_process";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Fleet, startFleet } from "../../../bench/fleet.ts";
import { type HaprobeProcess, startHaprobe } from "../../../bench/haprobe-process.ts";
import { scrape } from "../../../bench/scrape.ts";
import { waitUntilAgreed, writeHaprobeConfig } from "../../../bench/serving.ts";
import { StreamClient } from "../../support/stream-client.ts";
import { RECOVERY_MS, waitFor } from "./chaos-setup.ts";

const SERVERS = 1_000;
const CLIENTS = 20;
const WINDOW_MS = 1_000;
const FAULT_MS = 8_000;
const LAG_MAX_MS = 50;
const SCALE = { servers: SERVERS, everyMs: 1_000, fastEveryMs: 200, tls: false, faults: 0 };
/** Prints every second the longest lag of a process that does nothing: that of the machine. */
const IDLE_SCRIPT = `
const lag = require("node:perf_hooks").monitorEventLoopDelay({ resolution: 10 });
lag.enable();
setInterval(() => { console.log(Math.max(0, lag.max / 1e6 - 10)); lag.reset(); }, ${WINDOW_MS});
`;

let started: AsyncDisposableStack;
let fleet: Fleet;
let haprobe: HaprobeProcess;
let idleLagMs = 0;
beforeAll(async () => {
  started = new AsyncDisposableStack();
  fleet = started.use(await startFleet({ servers: SERVERS }));
  haprobe = started.use(await startHaprobe("sources", await writeHaprobeConfig(fleet, SCALE)));
  await waitUntilAgreed(haprobe, SERVERS);
  const idle = spawn(process.execPath, ["-e", IDLE_SCRIPT], { stdio: ["ignore", "pipe", "inherit"] });
  started.defer(() => void idle.kill("SIGKILL"));
  idle.stdout.on("data", (line: Buffer) => (idleLagMs = Math.max(idleLagMs, Number(line))));
  for (let client = 0; client < CLIENTS; client += 1) started.use(new StreamClient(haprobe.url));
  // The compiler warms up.
  await pause(FAULT_MS);
}, 120_000);
afterAll(() => started?.disposeAsync());

/** Breaks or heals every second server. */
async function setHalf(healthy: boolean): Promise<void> {
  for (let index = 0; index < SERVERS; index += 2) await fleet.standIns.setHealthy(index, healthy);
}

const FAULTS: readonly (readonly [what: string, run: () => Promise<void>])[] = [
  ["nothing happens", () => pause(FAULT_MS)],
  [
    "HAProxy is reloaded every second",
    async () => {
      for (let reload = 0; reload < FAULT_MS / 1_000; reload += 1) {
        await Promise.all([fleet.haproxy.reload(), pause(1_000)]);
      }
    },
  ],
  [
    "half of the servers fail at once, and come back",
    async () => {
      await setHalf(false);
      await pause(FAULT_MS);
      await setHalf(true);
      await pause(FAULT_MS);
    },
  ],
  [
    "HAProxy stands still, and goes on",
    async () => {
      process.kill(fleet.haproxy.pid, "SIGSTOP");
      await pause(FAULT_MS);
      process.kill(fleet.haproxy.pid, "SIGCONT");
      await pause(FAULT_MS / 2);
    },
  ],
  [
    "HAProxy is killed, and starts again",
    async () => {
      process.kill(fleet.haproxy.pid, "SIGKILL");
      await pause(FAULT_MS);
      await fleet.haproxy.reload();
      await pause(FAULT_MS / 2);
    },
  ],
];

test.each(FAULTS)(
  "with 1,000 servers the event loop is never blocked for more than 50 ms while %s",
  async (what, run) => {
    await scrape(haprobe.url);
    idleLagMs = 0;
    const over = new AbortController();
    const lags: number[] = [];
    const measuring = (async () => {
      while (!over.signal.aborted) {
        await pause(WINDOW_MS);
        lags.push((await scrape(haprobe.url)).lagMaxMs);
      }
    })();
    await run();
    over.abort();
    await measuring;
    const longest = Math.max(...lags);
    console.log(`${what}: longest lag ${longest.toFixed(1)} ms, of an idle process ${idleLagMs.toFixed(1)} ms`);
    // What a process that does nothing waits for a core is not haprobe's.
    expect(longest).toBeLessThan(LAG_MAX_MS + idleLagMs);
    await using client = new StreamClient(haprobe.url);
    const isWell = (): boolean =>
      client.servers.size === SERVERS && [...client.servers.values()].every(({ verdict }) => verdict === "agree-up");
    await waitFor(client, "all is well again", isWell, RECOVERY_MS);
  },
);
