import { readdirSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { Counter, Gauge, type Registry } from "prom-client";

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
