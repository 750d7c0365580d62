import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { OutboxBody } from "../server/alert/pipeline/group-message-state.ts";
import type { Notification } from "../server/contract/notification.ts";
import { openStore } from "../server/store/open-store.ts";
import { sampleNotification } from "../test/support/sample-alerts.ts";
import { ConfirmationRecorder } from "./confirmation-recorder.ts";
import { measureDetectionLatency } from "./detection-latency.ts";
import { FirstSeenTimes } from "./first-seen-times.ts";
import { startFleet } from "./fleet.ts";
import { freePort } from "./free-port.ts";
import { buildServer, startHaprobe } from "./haprobe-process.ts";
import { type BenchCase, type Measurement, percentile, summarize } from "./measurement.ts";
import { missingPrograms, startStack } from "./prometheus-stack.ts";
import type { Scale, ServiceScale } from "./scale.ts";
import type { Section } from "./section.ts";
import { describeService, measureWindows, waitUntilAgreed, writeHaprobeConfig } from "./serving.ts";
import { type Receiver, startDeadReceiver, startReceiver } from "./webhook-receiver.ts";

const FAULTS_EVERY_MS = 600;
const ROWS_AT_ONCE = 500;
/** A probe comes up to a twentieth of its interval early or late. */
const LONGEST_INTERVAL = 1.1;

/** From a fault to the request at a webhook receiver, and what a receiver that never answers costs. */
export const alerting: Section = {
  title: "Alerting: from a fault to the POST at a webhook receiver, without waiting",
  async run(scale, say) {
    if (scale.program === "built") buildServer();
    const rows: BenchCase[] = [];
    for (const service of scale.alerting) {
      say(`alerting: ${describeService(service)}`);
      rows.push({ situation: describeService(service), figures: await measureAlerts(service, scale, 0) });
    }
    const [first] = scale.alerting;
    if (first !== undefined) {
      say(`alerting: ${scale.waitingMessages} messages wait for a receiver that never answers`);
      const situation = `${describeService(first)}; ${scale.waitingMessages.toLocaleString("en")} messages wait for another receiver, which never answers`;
      rows.push({ situation, figures: await measureAlerts(first, scale, scale.waitingMessages) });
    }
    const { stackServers } = scale;
    const missing = stackServers > 0 ? missingPrograms() : [];
    if (missing.length > 0) say(`not installed, so not compared: ${missing.join(", ")}`);
    else if (stackServers > 0) rows.push(await measureStack(stackServers, scale, say));
    return rows;
  },
};

/** Figures of one service; `waiting`: messages that wait for a receiver that never answers. */
async function measureAlerts(service: ServiceScale, scale: Scale, waiting: number): Promise<Measurement[]> {
  await using fleet = await startFleet(service);
  await using state = await mkdtempDisposable(join(tmpdir(), "haprobe-bench-state-"));
  const arrivals = new FirstSeenTimes();
  await using receiver = await startReceiver((body) => recordAlerts(body, arrivals));
  await using dead = await startDeadReceiver();
  if (waiting > 0) await fillOutbox(state.path, waiting);
  const config = await writeHaprobeConfig(fleet, service, alertsOf(receiver, waiting > 0 ? dead : null));
  await using haprobe = await startHaprobe(scale.program, config, state.path);
  await waitUntilAgreed(haprobe, service.servers);
  await pause(scale.windowMs);
  await fleet.standIns.longestIntervalMs();
  const resting = await measureWindows(haprobe, fleet, scale);
  const longestInterval = await fleet.standIns.longestIntervalMs();
  await using confirmations = new ConfirmationRecorder(haprobe.url);
  await confirmations.ready();
  const added: number[] = [];
  const arrived = await measureDetectionLatency(fleet, service.faults, FAULTS_EVERY_MS, async (name) => {
    const [arrivedAt, confirmedAt] = await Promise.all([arrivals.waitFor(name), confirmations.confirmedAt(name)]);
    added.push(arrivedAt - confirmedAt);
    return arrivedAt;
  });
  const aim = service.everyMs === 1_000 ? "1,300 ms" : service.everyMs === 200 ? "350 ms" : null;
  const latency = [
    summarize("a fault is at the receiver, p50", "ms", [percentile(arrived, 0.5)]),
    summarize("a fault is at the receiver, p95", "ms", [percentile(arrived, 0.95)], aim),
    summarize("… after the stream reported it, p50", "ms", [percentile(added, 0.5)]),
    summarize("… after the stream reported it, p95", "ms", [percentile(added, 0.95)]),
  ];
  if (waiting === 0) return latency;
  return [
    ...latency,
    summarize("CPU of haprobe", "%", resting.cpu),
    summarize("event loop, longest lag", "ms", resting.lagMax, "50 ms"),
    summarize("the longest lag of an idle process beside it", "ms", resting.idleLagMax),
    summarize(
      "the longest time between two probes of a server",
      "ms",
      [longestInterval],
      `${service.everyMs * LONGEST_INTERVAL} ms`,
    ),
  ];
}

function alertsOf(receiver: Receiver, dead: Receiver | null): string {
  const channels = [`{name: hook, webhook: {url: "${receiver.url}"}, per-minute: 10000}`];
  if (dead !== null) channels.push(`{name: dead, webhook: {url: "${dead.url}"}, per-minute: 10000}`);
  return `alerts:
  channels: [${channels.join(", ")}]
  routes: [{wait: 0s, group-by: [target]}]
`;
}

function recordAlerts(body: unknown, arrivals: FirstSeenTimes): void {
  const { alerts } = (body as { data: Notification }).data;
  for (const { origin } of alerts) arrivals.record(`${origin.backend}/${origin.server}`);
}

/** Writes messages that wait, each of a group of its own, as a haprobe left them. */
async function fillOutbox(directory: string, count: number): Promise<void> {
  const store = await openStore({ kind: "sqlite", directory });
  for (let first = 0; first < count; first += ROWS_AT_ONCE) {
    const outbox = Array.from({ length: Math.min(ROWS_AT_ONCE, count - first) }, (_, offset) => {
      const id = `waiting-${first + offset}`;
      const notification = sampleNotification({ id, at: new Date().toISOString() });
      const body: OutboxBody = { notification, route: "default", sent: [], firstN: 1 };
      const lane = `dead ${first + offset}`;
      return {
        id,
        lane,
        n: 1,
        incident: null,
        channel: "dead",
        kind: "firing",
        dueInMs: 0,
        body: JSON.stringify(body),
      };
    });
    await store.commit({ source: null, events: [], incidents: [], outbox, timers: [], done: [] });
  }
  await store.close();
}

async function measureStack(servers: number, scale: Scale, say: (text: string) => void): Promise<BenchCase> {
  say(`alerting: Prometheus, ${servers} servers`);
  const exporterPort = await freePort();
  await using fleet = await startFleet({ servers, exporterPort });
  await using stack = await startStack(fleet, exporterPort);
  await pause(scale.windowMs);
  const arrived = await measureDetectionLatency(fleet, scale.compareFaults, 1_500, (name) => stack.notifiedAt(name));
  return {
    situation: `Prometheus, blackbox exporter and alertmanager, ${servers.toLocaleString("en")} servers, every 1s`,
    figures: [
      summarize("a fault is at the receiver, p50", "ms", [percentile(arrived, 0.5)]),
      summarize("a fault is at the receiver, p95", "ms", [percentile(arrived, 0.95)]),
    ],
  };
}
