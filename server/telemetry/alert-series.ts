import type { AlertStatus, HeartbeatStatus } from "../contract/alert-status.ts";
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
  return [total, waiting, oldest].map((family) => family.render()).join("") + renderHeartbeatSeries(status.heartbeat);
}

function renderHeartbeatSeries(heartbeat: HeartbeatStatus | null): string {
  if (heartbeat === null) return "";
  const total = new MetricFamily("haprobe_heartbeats_total", "counter", "Requests of the heartbeat's URL, by result.");
  for (const result of ["sent", "failed"] as const) total.add(formatLabels([["result", result]]), heartbeat[result]);
  const last = new MetricFamily(
    "haprobe_heartbeat_last_sent_timestamp_seconds",
    "gauge",
    "Time of the last heartbeat that arrived, seconds since 1970; 0 for none.",
  );
  last.add("", (heartbeat.lastSentAt ?? 0) / 1_000);
  return total.render() + last.render();
}
