import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as pause } from "node:timers/promises";
import { brotliDecompressSync } from "node:zlib";
import { request } from "node:http";
import type { FleetSummary } from "../server/contract/status.ts";
import { ConfirmationRecorder } from "./confirmation-recorder.ts";
import { processMegabytes, startCpuMeter } from "./cpu-time.ts";
import { measureDetectionLatency } from "./detection-latency.ts";
import { type Measurement, summarize, percentile, type BenchCase } from "./measurement.ts";
import { type Fleet, startFleet } from "./fleet.ts";
import { buildServer, type HaprobeProcess, startHaprobe } from "./haprobe-process.ts";
import { scrape } from "./scrape.ts";
import type { Scale, ServiceScale } from "./scale.ts";
import type { Section } from "./section.ts";

const AGREED_DEADLINE_MS = 60_000;
/** Before the measured windows: the compiler warms up and the first probes end. */
const WARM_UP_WINDOWS = 1;
const IDLE_RESOLUTION_MS = 10;

/** The packaged program beside a real HAProxy with checks. */
export const serving: Section = {
  title: "The whole service",
  async run(scale, say) {
    if (scale.program === "built") buildServer();
    const rows: BenchCase[] = [];
    for (const service of scale.services) {
      say(`service: ${describeService(service)}`);
      rows.push({ situation: describeService(service), figures: await measureService(service, scale) });
    }
    return rows;
  },
};

/** `1,000 servers, plain, every 1s`. */
export function describeService({ servers, everyMs, tls }: ServiceScale): string {
  const every = everyMs < 1_000 ? `${everyMs}ms` : `${everyMs / 1_000}s`;
  return `${servers.toLocaleString("en")} servers, ${tls ? "TLS" : "plain"}, every ${every}`;
}

async function measureService(service: ServiceScale, scale: Scale): Promise<Measurement[]> {
  await using fleet = await startFleet(service);
  const alone = startCpuMeter([fleet.haproxy.pid]);
  await pause(scale.windowMs);
  const [haproxyAlone = 0] = alone();

  const config = await writeHaprobeConfig(fleet, service);
  const isMeasured = service.servers === 1_000 && service.everyMs === 1_000 && !service.tls;
  const withoutStore = isMeasured ? await measureWithoutStore(fleet, service, config, scale) : null;
  await using haprobe = await startHaprobe(scale.program, config);
  await waitUntilAgreed(haprobe, service.servers);
  await pause(WARM_UP_WINDOWS * scale.windowMs);
  const resting = await measureWindows(haprobe, fleet, scale);
  const answers = await measureFetches(haprobe, scale);
  const aims = aimsOf(service);

  await using confirmations = new ConfirmationRecorder(haprobe.url);
  await confirmations.ready();
  const noticed = await measureDetectionLatency(fleet, service.faults, 300, (name) => confirmations.confirmedAt(name));

  return [
    summarize("CPU of haprobe", "%", resting.cpu, aims.cpu),
    summarize("probes", "/s", resting.probes),
    summarize("memory of haprobe (RSS)", "MB", resting.memory, aims.memory),
    ...(withoutStore === null
      ? []
      : [
          summarize("… without a store", "MB", withoutStore, "150 MB"),
          summarize(
            "… of store and recording",
            "MB",
            [percentile(resting.memory, 0.5) - percentile(withoutStore, 0.5)],
            "12 MB",
          ),
        ]),
    summarize("event loop, 99th percentile of its lag", "ms", resting.lag99),
    summarize("event loop, longest lag", "ms", resting.lagMax, aims.lag),
    summarize("the longest lag of an idle process beside it", "ms", resting.idleLagMax),
    summarize("HAProxy's CPU for its own checks", "%", [haproxyAlone]),
    summarize("HAProxy's CPU with haprobe", "%", resting.haproxy),
    summarize("a fault is reported as confirmed, p50", "ms", [percentile(noticed, 0.5)]),
    summarize("a fault is reported as confirmed, p95", "ms", [percentile(noticed, 0.95)], aims.noticed),
    ...answers,
  ];
}

/** Megabytes of the same service without a data directory. */
async function measureWithoutStore(fleet: Fleet, service: ServiceScale, config: string, scale: Scale) {
  await using haprobe = await startHaprobe(scale.program, config, "none");
  await waitUntilAgreed(haprobe, service.servers);
  await pause(WARM_UP_WINDOWS * scale.windowMs);
  return (await measureWindows(haprobe, fleet, scale)).memory;
}

interface Aims {
  readonly cpu: string | null;
  readonly memory: string | null;
  readonly lag: string | null;
  readonly noticed: string | null;
}

function aimsOf({ servers, everyMs }: ServiceScale): Aims {
  const thousand = servers === 1_000 && everyMs === 1_000;
  const tenThousand = servers === 10_000 && everyMs === 2_000;
  return {
    cpu: thousand ? "15 %" : tenThousand ? "60 %" : null,
    memory: thousand ? "165 MB" : tenThousand ? "400 MB" : null,
    lag: thousand ? "50 ms" : null,
    noticed: everyMs === 1_000 ? "1,300 ms" : everyMs === 200 ? "300 ms" : null,
  };
}

/** Writes a configuration that probes every server of the fleet, with further keys; gives its path. */
export async function writeHaprobeConfig(
  fleet: Fleet,
  { everyMs, fastEveryMs }: ServiceScale,
  more = "",
): Promise<string> {
  const { dir, userSocket } = fleet.haproxy;
  const tls = fleet.caFile === null ? "" : `, ca-file: ${fleet.caFile}, server-name: stand-in`;
  const file = join(dir, "haprobe.yaml");
  await writeFile(
    file,
    `haproxy:
  - {name: lb-1, stats: "unix:${userSocket}", every: ${Math.min(everyMs, 1_000)}ms}
probes:
  - match: {backend: "*"}
    http: {scheme: ${fleet.caFile === null ? "http" : "https"}, path: /healthz${tls}}
    every: ${everyMs}ms
    fast-every: ${fastEveryMs}ms
${more}`,
  );
  return file;
}

/** Resolves when every server was probed and agrees with HAProxy. */
export async function waitUntilAgreed(haprobe: HaprobeProcess, servers: number): Promise<void> {
  const deadline = performance.now() + AGREED_DEADLINE_MS;
  for (;;) {
    const { body } = await timedFetch(`${haprobe.url}/api/v1/status`, "identity");
    const { verdicts } = (JSON.parse(body.toString()) as { summary: FleetSummary }).summary;
    if (verdicts["agree-up"] === servers) return;
    if (performance.now() > deadline)
      throw new Error(`haprobe found ${JSON.stringify(verdicts)} of ${servers} servers`);
    await pause(100);
  }
}

/** CPU, memory and lag of haprobe in each window. */
export async function measureWindows(haprobe: HaprobeProcess, fleet: Fleet, { windows, windowMs }: Scale) {
  const samples = {
    cpu: [] as number[],
    haproxy: [] as number[],
    probes: [] as number[],
    memory: [] as number[],
    lag99: [] as number[],
    lagMax: [] as number[],
    idleLagMax: [] as number[],
  };
  // This process is idle meanwhile, so its lag is that of the machine.
  const idle = monitorEventLoopDelay({ resolution: IDLE_RESOLUTION_MS });
  idle.enable();
  for (let window = 0; window < windows; window += 1) {
    // A scrape starts the lag's window and is not measured.
    const before = await scrape(haprobe.url);
    const startedAt = performance.now();
    idle.reset();
    const cpu = startCpuMeter([haprobe.pid, fleet.haproxy.pid]);
    await pause(windowMs);
    const [ours = 0, haproxys = 0] = cpu();
    const seconds = (performance.now() - startedAt) / 1_000;
    samples.idleLagMax.push(Math.max(0, idle.max / 1e6 - IDLE_RESOLUTION_MS));
    const after = await scrape(haprobe.url);
    samples.cpu.push(ours);
    samples.haproxy.push(haproxys);
    samples.probes.push((after.probes - before.probes) / seconds);
    samples.memory.push(processMegabytes(haprobe.pid));
    samples.lag99.push(after.lag99Ms);
    samples.lagMax.push(after.lagMaxMs);
  }
  idle.disable();
  return samples;
}

async function measureFetches(haprobe: HaprobeProcess, { fetches, everyMs }: Scale): Promise<Measurement[]> {
  const [metrics, raw, brotli, columns]: [FetchResult[], FetchResult[], FetchResult[], FetchResult[]] = [
    [],
    [],
    [],
    [],
  ];
  for (let i = 0; i < fetches; i += 1) {
    metrics.push(await timedFetch(`${haprobe.url}/metrics`, "identity"));
    raw.push(await timedFetch(`${haprobe.url}/api/v1/servers`, "identity"));
    brotli.push(await timedFetch(`${haprobe.url}/api/v1/servers`, "br"));
    columns.push(await timedFetch(`${haprobe.url}/api/v1/servers?form=columns`, "br"));
    // A new published state, so that no answer comes from a cache.
    await pause(everyMs);
  }
  const compressed = brotli[0]?.body ?? Buffer.alloc(0);
  const rows = (JSON.parse(brotliDecompressSync(compressed).toString()) as { servers: unknown[] }).servers.length;
  const times = (list: readonly FetchResult[]): number[] => list.map(({ ms }) => ms);
  const sizes = (list: readonly FetchResult[]): number[] => list.map(({ body }) => body.length / 1_000);
  return [
    summarize("/metrics", "ms", times(metrics)),
    summarize("/metrics, size", "kB", sizes(metrics)),
    summarize(`/api/v1/servers, ${rows} rows`, "ms", times(raw)),
    summarize("/api/v1/servers, size", "kB", sizes(raw)),
    summarize("/api/v1/servers with brotli", "ms", times(brotli)),
    summarize("/api/v1/servers with brotli, size", "kB", sizes(brotli)),
    summarize("the dashboard's snapshot: the same in columns", "ms", times(columns)),
    summarize("the dashboard's snapshot, size", "kB", sizes(columns), rows === 10_000 ? "200 kB" : null),
  ];
}

interface FetchResult {
  readonly body: Buffer;
  readonly ms: number;
}

/** One GET with its undecoded body. Throws for another status than 200. */
function timedFetch(url: string, encoding: "identity" | "br"): Promise<FetchResult> {
  const startedAt = performance.now();
  return new Promise((resolve, reject) => {
    const asked = request(url, { headers: { "accept-encoding": encoding } }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        if (response.statusCode !== 200) return reject(new Error(`${url} answers ${response.statusCode}`));
        resolve({ body: Buffer.concat(chunks), ms: performance.now() - startedAt });
      });
    });
    asked.on("error", reject);
    asked.end();
  });
}
