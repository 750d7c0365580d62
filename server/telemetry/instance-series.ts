import { BOUNDS } from "../bounds.ts";
import type { InstanceName } from "../contract/server-key.ts";
import type { InstanceStatus } from "../contract/status.ts";
import { MetricFamily, formatLabels } from "./exposition.ts";

interface PollStats {
  lastSeconds: number;
  ok: number;
  failed: number;
}

/** Counts polls of each HAProxy; the series of a removed instance are dropped. */
export class InstanceSeries {
  readonly #polls = new Map<InstanceName, PollStats>();

  /** Counts a finished poll. */
  recordPoll(instance: InstanceName, durationMs: number, ok: boolean): void {
    const known = this.#polls.get(instance);
    if (known === undefined && this.#polls.size >= BOUNDS.instancesMax) return;
    const polls = known ?? { lastSeconds: 0, ok: 0, failed: 0 };
    this.#polls.set(instance, polls);
    polls.lastSeconds = durationMs / 1_000;
    polls[ok ? "ok" : "failed"] += 1;
  }

  /** The text of all families, for these instances. */
  render(instances: readonly InstanceStatus[]): string {
    const up = new MetricFamily("haprobe_haproxy_up", "gauge", "1 if the HAProxy answers polls and its data is fresh.");
    const duration = new MetricFamily("haprobe_poll_duration_seconds", "gauge", "Duration of the last poll.");
    const total = new MetricFamily("haprobe_polls_total", "counter", "Polls that ended, by result.");
    const present = new Set(instances.map((instance) => instance.name));
    for (const name of this.#polls.keys()) if (!present.has(name)) this.#polls.delete(name);
    for (const { name, site, state } of instances) {
      // An instance that was not polled yet is neither up nor down.
      if (state !== "pending") {
        const labels: [string, string][] = [
          ["haproxy", name],
          ["site", site],
        ];
        up.add(formatLabels(labels), state === "ok" ? 1 : 0);
      }
      const polls = this.#polls.get(name);
      if (polls === undefined) continue;
      const labels = formatLabels([["haproxy", name]]);
      duration.add(labels, polls.lastSeconds);
      total.add(`${labels},result="ok"`, polls.ok);
      total.add(`${labels},result="failed"`, polls.failed);
    }
    return up.render() + duration.render() + total.render();
  }
}
