import { readdirSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import { BOUNDS } from "../bounds.ts";
import type { Measurements } from "../contract/ports.ts";
import { PROBE_OUTCOMES, PROBE_STAGES } from "../contract/probe-result.ts";
import type { InstanceName } from "../contract/server-key.ts";

const MICROSECONDS = 1_000_000;
const NANOSECONDS = 1_000_000_000;
const LAG_RESOLUTION_MS = 10;

/** What this process costs, under the names that every Prometheus dashboard knows. Returns what ends the measuring. */
export function registerProcessMetrics(registry: Registry): () => void {
  const registers = [registry];
  const lag = monitorEventLoopDelay({ resolution: LAG_RESOLUTION_MS });
  lag.enable();
  const startedAt = Date.now() / 1_000 - process.uptime();

  new Counter({
    name: "process_cpu_seconds_total",
    help: "CPU time of this process, user and system.",
    registers,
    collect() {
      const { user, system } = process.cpuUsage();
      this.reset();
      this.inc((user + system) / MICROSECONDS);
    },
  });
  gauge("process_resident_memory_bytes", "Resident memory of this process.", () => process.memoryUsage.rss());
  gauge("process_start_time_seconds", "Start of this process, seconds since 1970.", () => startedAt);
  gauge("process_open_fds", "Open file descriptors.", openFiles);
  gauge("nodejs_heap_size_used_bytes", "Memory that JavaScript objects use.", () => process.memoryUsage().heapUsed);
  // What the histogram measures contains its own sampling interval.
  const lagSeconds = (nanoseconds: number): number =>
    Math.max(0, nanoseconds / NANOSECONDS - LAG_RESOLUTION_MS / 1_000);
  gauge("nodejs_eventloop_lag_max_seconds", "Longest lag of the event loop since the last scrape.", () =>
    lagSeconds(lag.max),
  );
  // The last of its kind: it begins the next window.
  gauge("nodejs_eventloop_lag_p99_seconds", "99th percentile of the event loop's lag since the last scrape.", () => {
    const seconds = lagSeconds(lag.percentile(99));
    lag.reset();
    return seconds;
  });

  function gauge(name: string, help: string, read: () => number): void {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  }

  return () => lag.disable();
}

/** Zero where the system does not tell. */
function openFiles(): number {
  try {
    return readdirSync("/proc/self/fd").length;
  } catch {
    return 0;
  }
}

/** Counts of probes, and the time of their phases. */
export interface ProbeMetrics {
  readonly probe: Measurements["probe"];
  readonly phases: Measurements["phases"];
  /** Forgets the instances that are gone. */
  keepOnly(instances: ReadonlySet<InstanceName>): void;
}

/** Outcomes and phases from outside the known ones are not let in. */
export function registerProbeMetrics(registry: Registry): ProbeMetrics {
  const registers = [registry];
  const known = new Set<InstanceName>();
  const phaseSeconds = new Histogram({
    name: "haprobe_probe_phase_seconds",
    help: "Time of each finished phase of a probe, for each HAProxy that leads to its target.",
    labelNames: ["haproxy", "phase"],
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers,
  });
  const probes = new Counter({
    name: "haprobe_probes_total",
    help: "Probes that ended, by outcome.",
    labelNames: ["outcome"],
    registers,
  });
  return {
    probe(outcome) {
      if ((PROBE_OUTCOMES as readonly string[]).includes(outcome)) probes.inc({ outcome });
    },
    phases(haproxy, phases) {
      if (!known.has(haproxy) && known.size >= BOUNDS.instancesMax) return;
      known.add(haproxy);
      for (const phase of PROBE_STAGES) {
        const ms = phases[phase];
        if (typeof ms === "number") phaseSeconds.observe({ haproxy, phase }, ms / 1_000);
      }
    },
    keepOnly(instances) {
      for (const haproxy of known) {
        if (instances.has(haproxy)) continue;
        known.delete(haproxy);
        for (const phase of PROBE_STAGES) phaseSeconds.remove({ haproxy, phase });
      }
    },
  };
}
