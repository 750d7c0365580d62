import { setTimeout as pause } from "node:timers/promises";
import { Confirmations } from "./confirmations.ts";
import { watchCpu } from "./cpu-time.ts";
import { noticeTimes } from "./faults.ts";
import { figure, percentile, type Row } from "./figure.ts";
import { type Fleet, startFleet } from "./fleet.ts";
import { freePort } from "./free-port.ts";
import { buildServer, startHaprobe } from "./haprobe.ts";
import { missingPrograms, startStack } from "./prometheus-stack.ts";
import type { Scale } from "./scale.ts";
import { type Section, Skipped } from "./section.ts";
import { allAgree, writeConfig } from "./serving.ts";

const EVERY_MS = 1_000;
const FAULTS_EVERY_MS = 1_500;

/** What one side of the comparison takes and how soon it speaks. */
interface Side {
  readonly cpu: number;
  readonly haproxyCpu: number;
  /** Milliseconds until somebody outside was told: by haprobe's stream, by alertmanager's webhook. */
  readonly told: readonly number[];
  /** Milliseconds until Prometheus' alert fired, which alertmanager tells later; none for haprobe. */
  readonly fired: readonly number[];
}

/** The same servers watched by haprobe, and by Prometheus' own programs tuned to one second. */
export const comparing: Section = {
  title: "Beside Prometheus, blackbox exporter and alertmanager at one second",
  async run(scale, say) {
    const missing = missingPrograms();
    if (missing.length > 0)
      throw new Skipped(`not installed: ${missing.join(", ")} (Debian's packages of these names)`);
    if (scale.program === "built") buildServer();
    const exporterPort = await freePort();
    await using fleet = await startFleet({ servers: scale.compareServers, exporterPort });
    say(`comparison: haprobe, ${scale.compareServers} servers`);
    const ours = await measureHaprobe(fleet, scale);
    say(`comparison: Prometheus, ${scale.compareServers} servers`);
    const theirs = await measureStack(fleet, exporterPort, scale);
    return [rowOf("haprobe", ours), rowOf("Prometheus' programs", theirs), ratios(ours, theirs)];
  },
};

async function measureHaprobe(fleet: Fleet, scale: Scale): Promise<Side> {
  const service = { servers: scale.compareServers, everyMs: EVERY_MS, fastEveryMs: 200, tls: false, faults: 0 };
  await using haprobe = await startHaprobe(scale.program, await writeConfig(fleet, service));
  await allAgree(haprobe, scale.compareServers);
  const { cpu, haproxyCpu } = await measureCpu([haprobe.pid], fleet, scale);
  await using confirmations = new Confirmations(haprobe.url);
  await confirmations.opened();
  const told = await noticeTimes(fleet, scale.compareFaults, FAULTS_EVERY_MS, (name) => confirmations.told(name));
  return { cpu, haproxyCpu, told, fired: [] };
}

async function measureStack(fleet: Fleet, exporterPort: number, scale: Scale): Promise<Side> {
  await using stack = await startStack(fleet, exporterPort);
  const { cpu, haproxyCpu } = await measureCpu(stack.pids, fleet, scale);
  const fired = await noticeTimes(fleet, scale.compareFaults, FAULTS_EVERY_MS, (name) => stack.fired(name));
  const told = await noticeTimes(fleet, scale.compareFaults, FAULTS_EVERY_MS, (name) => stack.told(name), 0.5);
  return { cpu, haproxyCpu, told, fired };
}

async function measureCpu(pids: readonly number[], fleet: Fleet, { windowMs, windows }: Scale) {
  await pause(windowMs);
  const taken = watchCpu([fleet.haproxy.pid, ...pids]);
  await pause(windows * windowMs);
  const [haproxyCpu = 0, ...others] = taken();
  return { cpu: others.reduce((sum, each) => sum + each, 0), haproxyCpu };
}

function rowOf(situation: string, { cpu, haproxyCpu, told, fired }: Side): Row {
  const decided =
    fired.length === 0
      ? []
      : [
          figure("its alert fires, p50", "ms", [percentile(fired, 0.5)]),
          figure("its alert fires, p95", "ms", [percentile(fired, 0.95)]),
        ];
  return {
    situation,
    figures: [
      ...decided,
      figure("CPU", "%", [cpu]),
      figure("HAProxy's CPU", "%", [haproxyCpu]),
      figure("a fault is told, p50", "ms", [percentile(told, 0.5)]),
      figure("a fault is told, p95", "ms", [percentile(told, 0.95)]),
    ],
  };
}

function ratios(ours: Side, theirs: Side): Row {
  const of = (share: number): number => percentile(theirs.told, share) / percentile(ours.told, share);
  const cpu = theirs.cpu / ours.cpu;
  return {
    situation: "Prometheus' programs, of haprobe",
    figures: [
      figure("CPU", "×", [cpu]),
      figure("time until a fault is told, p50", "×", [of(0.5)]),
      figure("time until a fault is told, p95", "×", [of(0.95)]),
      figure("CPU × time until a fault is told, p95", "×", [cpu * of(0.95)], "10 ×"),
    ],
  };
}
