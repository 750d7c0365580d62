import { QUEUED_KINDS, type StoreStatus } from "../contract/store-status.ts";
import { formatLabels, MetricFamily } from "./exposition.ts";

/** The series of the store; empty without one. */
export function renderStoreSeries(status: StoreStatus | null): string {
  if (status === null) return "";
  const open = new MetricFamily("haprobe_store_open", "gauge", "1 while the store can be written.");
  open.add("", status.isOpen ? 1 : 0);
  const queued = new MetricFamily("haprobe_store_queued", "gauge", "What waits for the store, by kind.");
  const dropped = new MetricFamily(
    "haprobe_store_dropped_total",
    "counter",
    "What was dropped because too much waited for the store, by kind.",
  );
  for (const kind of QUEUED_KINDS) {
    const labels = formatLabels([["kind", kind]]);
    queued.add(labels, status.queued[kind]);
    dropped.add(labels, status.dropped[kind]);
  }
  const commits = new MetricFamily("haprobe_store_commits_total", "counter", "Commits to the store, by result.");
  for (const [result, count] of Object.entries(status.commits)) commits.add(formatLabels([["result", result]]), count);
  const behind = new MetricFamily("haprobe_store_behind_seconds", "gauge", "How long the oldest write waits.");
  behind.add("", status.behindMs / 1_000);
  const last = new MetricFamily(
    "haprobe_store_last_commit_timestamp_seconds",
    "gauge",
    "Time of the last commit, seconds since 1970.",
  );
  if (status.lastCommitAt !== null) last.add("", status.lastCommitAt / 1_000);
  return [open, queued, dropped, commits, behind, last].map((family) => family.render()).join("");
}
