import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import type { ServerStatus, SnapshotMessage } from "../../../server/contract/status.ts";
import { type HaprobeProcess, startHaprobe } from "../../support/haprobe-cli.ts";
import { StreamClient } from "../../support/stream-client.ts";
import { CHECK_INTERVALS, COMMON_CHECKS, startTestBed, type TestBed } from "../../support/test-bed.ts";

/** A fault may last for half a minute, and HAProxy counts its checks afterwards. */
export const RECOVERY_MS = 60_000;
/** Confirmed within two intervals, two timeouts and a poll of a busy machine. */
export const DETECTION_MS = 20_000;
const LOOK = { timeout: RECOVERY_MS, interval: 100 };
/** Descriptors that come and go: polls, probes in flight, requests of the test. */
const SPARE_FILES = 12;

/** A real haprobe, a HAProxy that stays well and one that gets the faults, each before a good and a lying server. */
export interface ChaosSetup extends AsyncDisposable {
  readonly steady: TestBed;
  readonly frail: TestBed;
  readonly haprobe: HaprobeProcess;
  readonly client: StreamClient;
  /** Verdict changes since the call before, as `key verdict phase`. */
  takeVerdicts(): readonly string[];
  /** Resolves once everything agrees, and REST, stream, metrics and `/readyz` say so. */
  expectWell(): Promise<void>;
  metric(series: string): Promise<number>;
  /** Log lines of an event since the start. */
  logOf(event: string): readonly Readonly<Record<string, unknown>>[];
}

/** `more`: further keys of haprobe's configuration. */
export async function startChaosSetup(more = ""): Promise<ChaosSetup> {
  await using started = new AsyncDisposableStack();
  const [steady, frail] = await Promise.all([startBed(), startBed()]);
  started.use(steady);
  started.use(frail);
  const file = join(frail.dir, "haprobe.yaml");
  const entries = Object.entries({ steady, frail }).map(
    ([name, { haproxy }]) => `  - {name: ${name}, stats: "unix:${haproxy.adminSocket}", every: 200ms}`,
  );
  const rule = `{match: {backend: "plain*"}, http: {path: /healthz}, every: 500ms, timeout: 1s}`;
  await writeFile(file, `haproxy:\n${entries.join("\n")}\nprobes: [${rule}]\n${more}`);
  const haprobe = started.use(await startHaprobe(["--config", file]));
  const client = started.use(new StreamClient(haprobe.url));
  let taken = 0;
  let filesAtStart = 0;
  const read = async (path: string): Promise<string> => (await fetch(haprobe.url + path)).text();
  const metric = async (series: string): Promise<number> => {
    const line = (await read("/metrics")).split("\n").find((each) => each.startsWith(`${series} `));
    return Number(line?.slice(series.length));
  };
  const running = started.move();
  const setup: ChaosSetup = {
    steady,
    frail,
    haprobe,
    client,
    metric,
    takeVerdicts() {
      const verdicts = client.verdictLog.slice(taken);
      taken = client.verdictLog.length;
      return verdicts;
    },
    async expectWell() {
      await client.waitUntil(isWell);
      await expect.poll(() => metric('haprobe_haproxy_up{haproxy="frail",site="default"}'), LOOK).toBe(1);
      await expect.poll(() => read("/readyz"), LOOK).toMatch(/^\[\+\]ping ok\nreadyz check passed\n$/);
      const response = JSON.parse(await read("/api/v1/servers")) as SnapshotMessage;
      expect(verdictsOf(response.servers)).toEqual(verdictsOf(await client.stateAt(response.seq)));
      await expect.poll(() => metric("process_open_fds"), LOOK).toBeLessThan(filesAtStart + SPARE_FILES);
    },
    logOf: (event) =>
      haprobe
        .log()
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>)
        .filter((line) => line["event"] === event),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
  await client.waitUntil(isWell);
  filesAtStart = await metric("process_open_fds");
  setup.takeVerdicts();
  return setup;
}

function verdictsOf(servers: readonly ServerStatus[]): readonly string[] {
  return servers.map(({ key, verdict, phase }) => `${key} ${verdict} ${phase}`).toSorted();
}

function startBed(): Promise<TestBed> {
  return startTestBed({
    withoutMaster: true,
    checks: {
      plainbare: COMMON_CHECKS.plainbare,
      plainhttp: { ...COMMON_CHECKS.plainhttp, server: `check ${CHECK_INTERVALS}` },
    },
    servers: [
      { name: "good", mode: "healthy", plain: true },
      { name: "lying", mode: "healthy", plain: true },
    ],
  });
}

function isWell({ servers, instances }: StreamClient): boolean {
  const shown = [...servers.values()].filter(({ backend }) => backend.startsWith("plain"));
  const allWell = [...instances.values()].every(({ state, error }) => state === "ok" && error === null);
  return shown.length === 8 && allWell && shown.every(({ verdict }) => verdict === "agree-up");
}

/** Waits for a state of the stream, at most so long; the error names it. */
export async function waitFor(client: StreamClient, what: string, holds: () => boolean, ms: number): Promise<void> {
  const late = AbortSignal.timeout(ms);
  await Promise.race([
    client.waitUntil(holds),
    new Promise((_, reject) => late.addEventListener("abort", () => reject(new Error(`not within ${ms} ms: ${what}`)))),
  ]);
}

/** Breaks the server whose check is blind at the healthy HAProxy, waits until that is confirmed, and heals it. */
export async function expectDetection({ steady, client }: ChaosSetup): Promise<void> {
  const key = "steady/plainbare/lying";
  await steady.server("lying").setMode("etcd");
  await waitFor(client, `${key} is confirmed`, () => client.servers.get(key)?.phase === "confirmed", DETECTION_MS);
  await steady.server("lying").setMode("healthy");
  await waitFor(client, `${key} is well`, () => client.servers.get(key)?.verdict === "agree-up", RECOVERY_MS);
}
