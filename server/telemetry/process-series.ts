import { readdirSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { MetricFamily } from "./exposition.ts";

const MICROSECONDS = 1_000_000;
const NANOSECONDS = 1_000_000_000;
const LAG_RESOLUTION_MS = 20;

/** CPU, memory and lag of this process, under the names of Prometheus' client libraries. */
export class ProcessSeries {
  readonly #lag = monitorEventLoopDelay({ resolution: LAG_RESOLUTION_MS });
  readonly #startedAt = Date.now() / 1_000 - process.uptime();

  constructor() {
    this.#lag.enable();
  }

  /** The text of all families; resets the lag, which is measured from scrape to scrape. */
  render(): string {
    const { user, system } = process.cpuUsage();
    const { rss, heapUsed } = process.memoryUsage();
    // The histogram includes its own sampling interval.
    const lagSeconds = (nanoseconds: number): number =>
      Math.max(0, nanoseconds / NANOSECONDS - LAG_RESOLUTION_MS / 1_000);
    const text = [
      renderSingle(
        "process_cpu_seconds_total",
        "CPU time of this process, user and system.",
        (user + system) / MICROSECONDS,
      ),
      renderSingle("process_resident_memory_bytes", "Resident memory of this process.", rss),
      renderSingle("process_start_time_seconds", "Start of this process, seconds since 1970.", this.#startedAt),
      renderSingle("process_open_fds", "Open file descriptors.", countOpenFiles()),
      renderSingle("nodejs_heap_size_used_bytes", "Memory that JavaScript objects use.", heapUsed),
      renderSingle(
        "nodejs_eventloop_lag_max_seconds",
        "Longest lag of the event loop since the last scrape.",
        lagSeconds(this.#lag.max),
      ),
      renderSingle(
        "nodejs_eventloop_lag_p99_seconds",
        "99th percentile of the event loop's lag since the last scrape.",
        lagSeconds(this.#lag.percentile(99)),
      ),
    ];
    this.#lag.reset();
    return text.join("");
  }

  stop(): void {
    this.#lag.disable();
  }
}

function renderSingle(name: string, help: string, value: number): string {
  const family = new MetricFamily(name, name.endsWith("_total") ? "counter" : "gauge", help);
  family.add("", value);
  return family.render();
}

/** Zero on a system without /proc. */
function countOpenFiles(): number {
  try {
    return readdirSync("/proc/self/fd").length;
  } catch {
    return 0;
  }
}
