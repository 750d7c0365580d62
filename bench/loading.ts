import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { WebSocket } from "ws";
import type { StreamMessage } from "../server/contract/status.ts";
import { BenchWorker } from "./bench-worker.ts";
import { processMegabytes, startCpuMeter } from "./cpu-time.ts";
import { buildServer, type HaprobeProcess, startHaprobe } from "./haprobe-process.ts";
import type { LoadRequest, LoadResponse } from "./load-clients/protocol.ts";
import { type ManyHaproxies, startManyHaproxies } from "./many-haproxies.ts";
import { type BenchCase, type Measurement, percentile, summarize } from "./measurement.ts";
import type { LoadScale, Scale } from "./scale.ts";
import { type Scrape, scrape } from "./scrape.ts";
import type { Section } from "./section.ts";
import { waitUntilAgreed } from "./serving.ts";

const ARM_DEADLINE_MS = 15_000;
/** What scripts, exporters and dashboards ask for, in turn; the two lists are made for one client each. */
const PATHS = [
  "/api/v1/status",
  "/api/v1/instances",
  "/api/v1/server?key=lb-0/b-0/s-0",
  "/api/v1/findings",
  "/api/v1/incidents?limit=20",
  "/api/v1/servers?instance=lb-0&limit=50",
  "/api/v1/status",
  "/api/v1/servers?problems=1",
] as const;

type Worker = BenchWorker<LoadRequest, LoadResponse>;

/** Many HAProxies, dashboards and requests at once, and what gives way first where there is more. */
export const loading: Section = {
  title: "Load: many HAProxies, dashboards and requests at once",
  async run(scale, say) {
    if (scale.program === "built") buildServer();
    return measureLoad(scale.load, scale, say);
  },
};

async function measureLoad(load: LoadScale, scale: Scale, say: (text: string) => void): Promise<BenchCase[]> {
  const { servers, instances, dashboards, streams, everyMs, requestsPerSecond } = load;
  say(`load: ${servers} servers on ${instances} HAProxies`);
  await using fleet = await startManyHaproxies(instances, servers);
  await using haprobe = await startHaprobe(scale.program, await fleet.writeConfig(everyMs));
  await waitUntilAgreed(haprobe, servers);
  await using dashboardClients = startClients();
  await using streamClients = startClients();
  await using api = startClients();
  const meter = new LoadMeter(haprobe, fleet, api, [dashboardClients, streamClients]);
  const rows: BenchCase[] = [];

  const fleetText = `${servers.toLocaleString("en")} servers on ${instances} HAProxies`;
  rows.push({ situation: `${fleetText}, no client`, figures: await meter.measure(0, load.windowMs) });
  say(`load: ${dashboards} dashboards and ${streams} plain streams connect`);
  const { url } = haprobe;
  const connected = await Promise.all([
    dashboardClients.request({ kind: "connect", transport: "socket.io", url, query: "", count: dashboards }),
    streamClients.request({ kind: "connect", transport: "ws", url, query: "", count: streams }),
  ]);
  const open = connected.reduce((sum, each) => sum + each.open, 0);
  const asked = connected.reduce((sum, each) => sum + each.refused, 0);
  const opening = [
    summarize("streams open", "", [open]),
    summarize("… asked to come again while they opened", "", [asked]),
  ];
  const clientsText = `${fleetText}, ${dashboards} dashboards, ${streams} plain streams`;
  for (const [step, perSecond] of [requestsPerSecond, ...load.steps].entries()) {
    say(`load: ${perSecond} requests a second`);
    const figures = await meter.measure(perSecond, step === 0 ? load.windowMs : load.stepMs);
    const delays =
      step === 0 ? await measurePushDelays(load, fleet, haprobe, [dashboardClients, streamClients], api) : [];
    rows.push({
      situation: `${clientsText}, ${perSecond.toLocaleString("en")} requests a second`,
      figures: [...(step === 0 ? opening : []), ...figures, ...delays],
    });
  }
  say(`load: ${load.furtherStreams} further streams`);
  await using further = startClients();
  const query = "?problems=1";
  const more = await further.request({ kind: "connect", transport: "ws", url, query, count: load.furtherStreams });
  const after = await scrape(haprobe.url);
  rows.push({
    situation: `${clientsText}, and ${load.furtherStreams.toLocaleString("en")} further streams`,
    figures: [
      summarize("further streams open", "", [more.open]),
      summarize("refused with 503", "", [more.refused]),
      summarize("counted in haprobe_refused_total", "", [after.refused["stream"] ?? 0]),
    ],
  });
  return rows;
}

function startClients(): Worker {
  return new BenchWorker<LoadRequest, LoadResponse>(new URL("load-clients/main.ts", import.meta.url));
}

/** Measures haprobe while requests are sent. */
class LoadMeter {
  readonly #haprobe: HaprobeProcess;
  readonly #fleet: ManyHaproxies;
  readonly #api: Worker;
  readonly #streams: readonly Worker[];

  constructor(haprobe: HaprobeProcess, fleet: ManyHaproxies, api: Worker, streams: readonly Worker[]) {
    this.#haprobe = haprobe;
    this.#fleet = fleet;
    this.#api = api;
    this.#streams = streams;
  }

  async measure(perSecond: number, forMs: number): Promise<Measurement[]> {
    const { url, pid } = this.#haprobe;
    await Promise.all(this.#streams.map((worker) => worker.request({ kind: "received" })));
    const before = await scrape(url);
    const startedAt = performance.now();
    const cpu = startCpuMeter([pid, ...this.#fleet.haproxies.map((haproxy) => haproxy.pid)]);
    const paths = PATHS;
    const sent =
      perSecond === 0
        ? await pause(forMs, null)
        : await this.#api.request({ kind: "requests", url, paths, perSecond, forMs });
    const [ours = 0, ...haproxys] = cpu();
    const seconds = (performance.now() - startedAt) / 1_000;
    const received = await Promise.all(this.#streams.map((worker) => worker.request({ kind: "received" })));
    const after = await scrape(url);
    return [
      summarize("CPU of haprobe", "%", [ours]),
      summarize("CPU of all HAProxies", "%", [haproxys.reduce((sum, each) => sum + each, 0)]),
      summarize("memory of haprobe (RSS)", "MB", [processMegabytes(pid)]),
      summarize("event loop, 99th percentile of its lag", "ms", [after.lag99Ms]),
      summarize("event loop, longest lag", "ms", [after.lagMaxMs]),
      summarize("probes", "/s", [(after.probes - before.probes) / seconds]),
      summarize("pushed to all streams", "MB/s", [
        received.reduce((sum, { bytes }) => sum + bytes, 0) / 1_000_000 / seconds,
      ]),
      ...(sent === null ? [] : latencyFigures(sent, seconds)),
      ...refusedFigures(before, after),
      summarize("/readyz passes", "", [after.isReady ? 1 : 0]),
    ];
  }
}

function latencyFigures({ latencies, statuses }: LoadResponse, seconds: number): Measurement[] {
  const answers = Object.values(statuses).reduce((sum, count) => sum + count, 0);
  return [
    summarize("answers 200", "/s", [(statuses["200"] ?? 0) / seconds]),
    summarize("answers 503 or none", "/s", [(answers - (statuses["200"] ?? 0)) / seconds]),
    summarize("latency of a request, p50", "ms", [percentile(latencies, 0.5)]),
    summarize("latency of a request, p99", "ms", [percentile(latencies, 0.99)]),
  ];
}

function refusedFigures(before: Scrape, after: Scrape): Measurement[] {
  return Object.entries(after.refused)
    .map(([kind, count]) => [kind, count - (before.refused[kind] ?? 0)] as const)
    .filter(([, count]) => count > 0)
    .map(([kind, count]) => summarize(`refused: ${kind}`, "", [count]));
}

/** From the end of the probe that shows a fault until each stream has its verdict. */
async function measurePushDelays(
  { faults, servers, requestsPerSecond, stepMs }: LoadScale,
  fleet: ManyHaproxies,
  { url }: HaprobeProcess,
  workers: readonly Worker[],
  api: Worker,
): Promise<Measurement[]> {
  await using watch = await openWatch(url);
  const delays: number[] = [];
  let missed = 0;
  const forMs = (faults * stepMs) / 2;
  const busy = api.request({ kind: "requests", url, paths: PATHS, perSecond: requestsPerSecond, forMs });
  for (let fault = 0; fault < faults; fault += 1) {
    const index = Math.floor((fault * servers) / faults);
    const key = fleet.keyOf(index);
    // Before the fault: on a busy machine its message can arrive before the request to look for it. Each message names
    // every verdict in its summary, so that the field of a row is looked for.
    const texts = [`"${key}"`, `"verdict":"false-up"`];
    await Promise.all(workers.map((worker) => worker.request({ kind: "arm", texts })));
    await fleet.standIns.setHealthy(index, false);
    const received = await Promise.all(
      workers.map((worker) => worker.request({ kind: "await-armed", deadlineMs: ARM_DEADLINE_MS })),
    );
    await fleet.standIns.setHealthy(index, true);
    const probedAt = await watch.probedAt(key);
    for (const { receivedAt, open } of received) {
      missed += open - receivedAt.length;
      if (probedAt !== null) delays.push(...receivedAt.map((at) => at - probedAt));
    }
    // Until it agrees again.
    await pause(stepMs / 4);
  }
  await busy;
  return [
    summarize("push: from the probe to a stream, p50", "ms", [percentile(delays, 0.5)]),
    summarize("push: from the probe to a stream, p95", "ms", [percentile(delays, 0.95)]),
    summarize("push: streams that did not get a change", "", [missed]),
  ];
}

/** A stream of the mismatches, which says when the probe of each ended; wall clock in milliseconds. */
async function openWatch(url: string) {
  const probed = new Map<string, PromiseWithResolvers<number>>();
  const probeOf = (key: string): PromiseWithResolvers<number> => {
    const known = probed.get(key) ?? Promise.withResolvers<number>();
    probed.set(key, known);
    return known;
  };
  const socket = new WebSocket(`${url.replace(/^http/, "ws")}/api/v1/stream?problems=1`, "haprobe.v1");
  socket.on("message", (data: Buffer) => {
    for (const { key, verdict, probe } of (JSON.parse(data.toString()) as StreamMessage).servers) {
      if (verdict === "false-up" && probe.at !== null) probeOf(key).resolve(Date.parse(probe.at));
    }
  });
  await once(socket, "open");
  return {
    /** Null where the stream does not say it within the deadline. */
    probedAt: (key: string): Promise<number | null> =>
      Promise.race([probeOf(key).promise, pause(ARM_DEADLINE_MS, null, { ref: false })]),
    async [Symbol.asyncDispose]() {
      const closed = once(socket, "close");
      socket.terminate();
      await closed;
    },
  };
}
