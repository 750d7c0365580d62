import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { createServer, get as httpGet, type IncomingMessage } from "node:http";
import { get as httpsGet } from "node:https";
import { mkdtemp, mkdtempDisposable, rm, writeFile } from "node:fs/promises";
import { type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { BOUNDS } from "../server/bounds.ts";
import { fileSystem } from "../server/config/file-system.ts";
import { loadSettings } from "../server/config/load.ts";
import { startService } from "../server/service.ts";
import { createLogger } from "../server/telemetry/logger.ts";
import type { CertificatePem } from "../demo/stand-in/certificates.ts";
import { makeAuthority } from "./support/certificates.ts";
import { FakeClock } from "./support/fake-clock.ts";
import { type RealHaproxy, startHaproxy } from "./support/real-haproxy.ts";

const STEP_MS = 1_000;
/** A step of the fake clock for each look; sockets need real time, of which each step takes little. */
const LOOK = { timeout: 20_000, interval: 1 };
const BEAT_EVERY_MS = 1_000;

/** A clock that can keep the timers of one part of the program, as a stall of that part would. */
class StallingClock extends FakeClock {
  #stalled: string | null = null;
  readonly #kept: (() => void)[] = [];

  /** `part`: the file that sets the timers. */
  stall(part: string): void {
    this.#stalled = part;
  }

  resume(): void {
    this.#stalled = null;
    for (const callback of this.#kept.splice(0)) super.after(0, callback);
  }

  override after(ms: number, callback: () => void): () => void {
    const isKept = this.#stalled !== null && new Error().stack?.includes(this.#stalled) === true;
    if (!isKept) return super.after(ms, callback);
    this.#kept.push(callback);
    return () => this.#kept.splice(this.#kept.indexOf(callback), 1);
  }
}

let haproxy: RealHaproxy;
let folder: string;
const web = createServer((_, response) => response.end("ok"));
const receiver = createServer((_, response) => {
  beats += 1;
  response.end();
});
let beats = 0;
beforeAll(async () => {
  for (const server of [web, receiver]) await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  haproxy = await startHaproxy({ config: `backend be\n  mode http\n  server s1 127.0.0.1:${portOf(web)}\n` });
  folder = await mkdtemp(join(tmpdir(), "haprobe-ready-"));
});
afterAll(async () => {
  await haproxy?.stop();
  for (const server of [web, receiver]) {
    server.closeAllConnections();
    server.close();
  }
  await rm(folder, { recursive: true, force: true });
});

/** `STATUS BODY` of one request; over TLS whatever the certificate. */
async function get(port: number, path: string, isTls: boolean): Promise<string> {
  const where = { host: "127.0.0.1", port, path, agent: false } as const;
  const asked = isTls ? httpsGet({ ...where, rejectUnauthorized: false }) : httpGet(where);
  const [response] = (await once(asked, "response")) as [IncomingMessage];
  return `${response.statusCode} ${await text(response)}`;
}

function portOf(server: typeof web): number {
  return (server.address() as AddressInfo).port;
}

interface StartOptions {
  /** Null: without a store. */
  readonly dataDir?: string | null;
  /** Further keys of the configuration. */
  readonly more?: string;
  readonly isTls?: boolean;
  readonly clock?: StallingClock;
}

/** A whole service on a clock that can stall, beside a real HAProxy. */
async function start({ dataDir = null, more = "", isTls = false, clock = new StallingClock() }: StartOptions = {}) {
  const yaml = `
listen: 127.0.0.1:0
data-dir: ${dataDir ?? "none"}
haproxy: [{name: lb-1, stats: "unix:${haproxy.adminSocket}", every: 1s}]
probes: [{match: {backend: be}, http: {path: /healthz}, every: 1s}]
alerts: {heartbeat: {url: "http://127.0.0.1:${portOf(receiver)}/beat", every: ${BEAT_EVERY_MS}ms}}
${more}`;
  const file = join(folder, "haprobe.yaml");
  const readFile = (path: string): string => (path === file ? yaml : fileSystem.readFile(path));
  const loaded = loadSettings({ ...fileSystem, readFile, file, haproxy: [], env: {}, cwd: folder });
  if (loaded.kind === "broken") throw new Error(JSON.stringify(loaded.errors));
  const log = createLogger({ level: "error", format: "json", stream: { write: () => {} } });
  const starting = startService({ settings: loaded.settings, log, clock, random: () => 0.5, vantage: "here" });
  const service = await starting;
  onTestFinished(async () => {
    clock.resume();
    const stopped = vi.waitFor(() => clock.advance(STEP_MS));
    await Promise.all([service.stop(), stopped]);
  });
  /** Lets a step of time pass, and gives what `/readyz` and a path answer. */
  const look = async (path = "/readyz"): Promise<string> => {
    await clock.advance(STEP_MS);
    return get(service.address.port, path, isTls);
  };
  const lookUntil = async (what: RegExp, path?: string): Promise<void> => {
    await expect.poll(() => look(path), LOOK).toMatch(what);
  };
  await lookUntil(/^200 [^]*readyz check passed/);
  await lookUntil(/"probeOk":true|"outcome":"passed"|haprobe_probes_total\{outcome="passed"\}/, "/metrics");
  return { clock, look, lookUntil };
}

describe("/readyz fails, and the heartbeat stops, while", () => {
  test.each([
    ["polls do not happen", "server/haproxy/poller.ts", /\[-\]instance lb-1: no poll ended, due for 1[5-8] s/, "polls"],
    ["probes are not sent", "server/probe/scheduler.ts", /\[-\]probes of 1 targets are not sent .* 1[5-8] s/, "probes"],
    ["servers are not judged", "server/engine.ts", /\[-\]servers are not judged, for 1[5-8] s/, "judge"],
  ])("%s", async (_, part, reason, label) => {
    const { clock, look, lookUntil } = await start();
    expect(await look("/metrics")).toMatch(new RegExp(`^haprobe_late\\{part="${label}"\\} 0$`, "m"));
    const before = clock.now();
    clock.stall(part);
    await lookUntil(/^503 [^]*readyz check failed/);
    expect(await look()).toMatch(reason);
    expect(clock.now() - before).toBeLessThan(BOUNDS.lateAfterMs + BOUNDS.pollEveryMaxMs);
    expect(await look("/metrics")).toMatch(new RegExp(`^haprobe_late\\{part="${label}"\\} 1$`, "m"));
    expect(await look("/metrics")).toMatch(/^haprobe_ready 0$/m);
    expect(await look("/api/v1/status")).toMatch(/"ready":false,"notReady":\[".+"\]/);
    expect(await look("/livez")).toMatch(/^200/);
    const sent = beats;
    for (let step = 0; step < (3 * BEAT_EVERY_MS) / STEP_MS; step += 1) await look();
    expect(beats).toBe(sent);

    clock.resume();
    await lookUntil(/^200 [^]*readyz check passed/);
    expect(await look("/metrics")).toMatch(/^haprobe_ready 1$/m);
    await expect.poll(async () => (await look(), beats), LOOK).toBeGreaterThan(sent);
  });
});

test("/readyz fails once the listener's certificate has ended, and passes with the next one", async () => {
  const authority = await makeAuthority();
  const first = await authority.issue({ names: ["127.0.0.1"], expired: true });
  const install = async ({ cert, key }: CertificatePem): Promise<void> => {
    await writeFile(join(folder, "tls.crt"), cert);
    await writeFile(join(folder, "tls.key"), key, { mode: 0o600 });
  };
  await install(first);
  const endsAt = Date.parse(new X509Certificate(first.cert).validTo);
  // For the clock of this test it ends in ten seconds.
  const clock = new StallingClock(0, endsAt - 10_000);
  const more = "tls: {cert-file: tls.crt, key-file: tls.key}\n";
  const { look, lookUntil } = await start({ more, isTls: true, clock });
  await lookUntil(/^503 [^]*\[-\]the listener's certificate ended at 2/);
  expect(await look("/metrics")).toMatch(/^haprobe_ready 0$/m);
  expect(await look("/livez")).toMatch(/^200/);
  await install(await authority.issue({ names: ["127.0.0.1"] }));
  await lookUntil(/^200 [^]*readyz check passed/);
});

test("a HAProxy that does not answer is a remark: its polls end, in time", async () => {
  const { clock, look, lookUntil } = await start();
  process.kill(haproxy.pid, "SIGSTOP");
  onTestFinished(() => void process.kill(haproxy.pid, "SIGCONT"));
  await lookUntil(/^200 [^]*\[\+\]remark: instance lb-1/);
  const since = clock.now();
  while (clock.now() - since < 2 * BOUNDS.lateAfterMs) expect(await look()).toMatch(/^200/);
});

test("while the store takes nothing, the heartbeat stops and /readyz says why, but passes", async () => {
  await using data = await mkdtempDisposable(join(folder, "data-"));
  const { clock, look, lookUntil } = await start({ dataDir: data.path });
  await lookUntil(/^200 [^]*haprobe_store_queued\{kind="event"\} 0\n/, "/metrics");
  const other = new DatabaseSync(join(data.path, "haprobe.db"));
  other.exec("BEGIN EXCLUSIVE");
  await lookUntil(/^200 [^]*remark: .* wait for the store/);
  const since = clock.now();
  while (clock.now() - since < BOUNDS.lateAfterMs) await look();
  const sent = beats;
  for (let step = 0; step < (3 * BEAT_EVERY_MS) / STEP_MS; step += 1) expect(await look()).toMatch(/^200/);
  expect(beats).toBe(sent);
  other.exec("ROLLBACK");
  other.close();
  await expect.poll(async () => (await look(), beats), LOOK).toBeGreaterThan(sent);
});
