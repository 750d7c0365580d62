import type { AlertStatus } from "../contract/alert-status.ts";
import { formatLabels, MetricFamily } from "./exposition.ts";

/** The series of the alerts; empty where nothing is sent. `now` is milliseconds since 1970. */
export function renderAlertSeries(status: AlertStatus | null, now: number): string {
  if (status === null) return "";
  const total = new MetricFamily(
    "haprobe_notifications_total",
    "counter",
    "Attempts and ends of notifications, by channel and result.",
  );
  for (const { channel, result, count } of status.results) {
    const labels: [string, string][] = [
      ["channel", channel],
      ["result", result],
    ];
    total.add(formatLabels(labels), count);
  }
  const waiting = new MetricFamily(
    "haprobe_notifications_waiting",
    "gauge",
    "Notifications that are not delivered yet.",
  );
  waiting.add("", status.waiting);
  const oldest = new MetricFamily("haprobe_notifications_oldest_seconds", "gauge", "Age of the oldest one that waits.");
  oldest.add("", status.oldestMadeAt === null ? 0 : Math.max(0, now - status.oldestMadeAt) / 1_000);
  return [total, waiting, oldest].map((family) => family.render()).join("");
}
