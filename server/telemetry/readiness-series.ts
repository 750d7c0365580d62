import type { Lateness } from "../contract/lateness.ts";
import { formatLabels, MetricFamily } from "./exposition.ts";

/** Whether haprobe does its work in time. */
export interface ReadinessReading {
  readonly isReady: boolean;
  readonly late: Lateness;
}

/** The series of `/readyz`. */
export function renderReadinessSeries({ isReady, late }: ReadinessReading): string {
  const ready = new MetricFamily("haprobe_ready", "gauge", "1 while /readyz passes.");
  ready.add("", isReady ? 1 : 0);
  const count = new MetricFamily(
    "haprobe_late",
    "gauge",
    "What does not happen in time: instances that are not polled, targets that are not probed, and 1 where servers are not judged.",
  );
  const counts = { polls: late.polls.length, probes: late.probes.targets, judge: late.judgeMs > 0 ? 1 : 0 };
  for (const [part, value] of Object.entries(counts)) count.add(formatLabels([["part", part]]), value);
  return ready.render() + count.render();
}
