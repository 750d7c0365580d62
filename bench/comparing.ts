import { setTimeout as pause } from "node:timers/promises";
import { ConfirmationRecorder } from "./confirmation-recorder.ts";
import { startCpuMeter } from "./cpu-time.ts";
import { measureDetectionLatency } from "./detection-latency.ts";
import { summarize, percentile, type BenchCase } from "./measurement.ts";
import { type Fleet, startFleet } from "./fleet.ts";
import { freePort } from "./free-port.ts";
import { buildServer, startHaprobe } from "./haprobe-process.ts";
import { missingPrograms, startStack } from "./prometheus-stack.ts";
import type { Scale } from "./scale.ts";
import { type Section, SectionSkipped } from "./section.ts";
import { waitUntilAgreed, writeHaprobeConfig } from "./serving.ts";

const EVERY_MS = 1_000;
const FAULTS_EVERY_MS = 1_500;

/** Cost and latency of one side of the comparison. */
interface SystemResult {
  readonly cpu: number;
  readonly haproxyCpu: number;
  /** Milliseconds until a client was notified: by haprobe's stream or alertmanager's webhook. */
  readonly notifiedMs: readonly number[];
  /** Milliseconds until Prometheus' alert fired; empty for haprobe. */
  readonly firedMs: readonly number[];
}

/** The same servers watched by haprobe, and by Prometheus' own programs tuned to one second. */
export const comparing: Section = {
  title: "Beside Prometheus, blackbox exporter and alertmanager at one second",
  async run(scale, say) {
    const missing = missingPrograms();
    if (missing.length > 0)
      throw new SectionSkipped(`not installed: ${missing.join(", ")} (Debian's packages of these names)`);
    if (scale.program === "built") buildServer();
    const exporterPort = await freePort();
    await using fleet = await startFleet({ servers: scale.compareServers, exporterPort });
    say(`comparison: haprobe, ${scale.compareServers} servers`);
    const ours = await measureHaprobe(fleet, scale);
    say(`comparison: Prometheus, ${scale.compareServers} servers`);
    const theirs = await measureStack(fleet, exporterPort, scale);
    return [toBenchCase("haprobe", ours), toBenchCase("Prometheus' programs", theirs), ratios(ours, theirs)];
  },
};

async function measureHaprobe(fleet: Fleet, scale: Scale): Promise<SystemResult> {
  const service = { servers: scale.compareServers, everyMs: EVERY_MS, fastEveryMs: 200, tls: false, faults: 0 };
  await using haprobe = await startHaprobe(scale.program, await writeHaprobeConfig(fleet, service));
  await waitUntilAgreed(haprobe, scale.compareServers);
  const { cpu, haproxyCpu } = await measureCpu([haprobe.pid], fleet, scale);
  await using confirmations = new ConfirmationRecorder(haprobe.url);
  await confirmations.ready();
  const notified = await measureDetectionLatency(fleet, scale.compareFaults, FAULTS_EVERY_MS, (name) =>
    confirmations.confirmedAt(name),
  );
  return { cpu, haproxyCpu, notifiedMs: notified, firedMs: [] };
}

async function measureStack(fleet: Fleet, exporterPort: number, scale: Scale): Promise<SystemResult> {
  await using stack = await startStack(fleet, exporterPort);
  const { cpu, haproxyCpu } = await measureCpu(stack.pids, fleet, scale);
  const fired = await measureDetectionLatency(fleet, scale.compareFaults, FAULTS_EVERY_MS, (name) =>
    stack.firedAt(name),
  );
  const notified = await measureDetectionLatency(
    fleet,
    scale.compareFaults,
    FAULTS_EVERY_MS,
    (name) => stack.notifiedAt(name),
    0.5,
  );
  return { cpu, haproxyCpu, notifiedMs: notified, firedMs: fired };
}

async function measureCpu(pids: readonly number[], fleet: Fleet, { windowMs, windows }: Scale) {
  await pause(windowMs);
  const taken = startCpuMeter([fleet.haproxy.pid, ...pids]);
  await pause(windows * windowMs);
  const [haproxyCpu = 0, ...others] = taken();
  return { cpu: others.reduce((sum, each) => sum + each, 0), haproxyCpu };
}

function toBenchCase(
  situation: string,
  { cpu, haproxyCpu, notifiedMs: notified, firedMs: fired }: SystemResult,
): BenchCase {
  const decided =
    fired.length === 0
      ? []
      : [
          summarize("its alert fires, p50", "ms", [percentile(fired, 0.5)]),
          summarize("its alert fires, p95", "ms", [percentile(fired, 0.95)]),
        ];
  return {
    situation,
    figures: [
      ...decided,
      summarize("CPU", "%", [cpu]),
      summarize("HAProxy's CPU", "%", [haproxyCpu]),
      summarize("a fault is reported, p50", "ms", [percentile(notified, 0.5)]),
      summarize("a fault is reported, p95", "ms", [percentile(notified, 0.95)]),
    ],
  };
}

function ratios(ours: SystemResult, theirs: SystemResult): BenchCase {
  const of = (share: number): number => percentile(theirs.notifiedMs, share) / percentile(ours.notifiedMs, share);
  const cpu = theirs.cpu / ours.cpu;
  return {
    situation: "Prometheus' programs, of haprobe",
    figures: [
      summarize("CPU", "×", [cpu]),
      summarize("time until a fault is reported, p50", "×", [of(0.5)]),
      summarize("time until a fault is reported, p95", "×", [of(0.95)]),
      summarize("CPU × time until a fault is reported, p95", "×", [cpu * of(0.95)], "10 ×"),
    ],
  };
}
