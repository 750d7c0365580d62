import type { ServerKey } from "../contract/server-key.ts";
import type { ServerStatus } from "../contract/status.ts";
import { MetricFamily, formatLabels } from "./exposition.ts";
import { BackendCounts, type PerServer } from "./backend-counts.ts";

/** Series made from one pass over the servers: at most five for each, and the counts per backend. */
export class ServerSeries {
  readonly counts: BackendCounts;
  readonly #seen = new Set<ServerKey>();
  readonly #verdict = new MetricFamily("haprobe_server_verdict", "gauge", "The current verdict, as a label; always 1.");
  readonly #depth = new MetricFamily(
    "haprobe_check_depth",
    "gauge",
    "The depth of HAProxy's check, as a label; always 1.",
  );
  readonly #up = new MetricFamily(
    "haprobe_probe_up",
    "gauge",
    "1 if the last probe passed, 0 if it failed or was denied.",
  );
  readonly #duration = new MetricFamily("haprobe_probe_duration_seconds", "gauge", "Duration of the last probe.");
  readonly #misrouted = new MetricFamily(
    "haprobe_misrouted_sessions_total",
    "counter",
    "New sessions or requests sent to the server since its first failed probe; restarts with each mismatch.",
  );

  constructor(perServer: PerServer) {
    this.counts = new BackendCounts(perServer);
  }

  /** Adds one row; a second row of the same server is ignored, since a series may occur only once. */
  add(row: ServerStatus): void {
    if (this.#seen.has(row.key)) return;
    this.#seen.add(row.key);
    if (this.counts.add(row)) this.#addSeries(row);
  }

  /** Yields the text of each family. */
  *render(): Generator<string> {
    for (const family of [this.#verdict, this.#depth, this.#up, this.#duration, this.#misrouted]) yield family.render();
    yield* this.counts.render();
  }

  #addSeries(row: ServerStatus): void {
    const labels = formatLabels([
      ["haproxy", row.instance],
      ["proxy", row.backend],
      ["server", row.server],
      ["site", row.site],
    ]);
    const { depth } = row.haproxy;
    const { outcome, durationMs } = row.probe;
    this.#verdict.add(`${labels},verdict="${row.verdict}"`, 1);
    if (depth !== null) this.#depth.add(`${labels},depth="${depth}"`, 1);
    if (outcome !== "pending" && outcome !== "skipped") this.#up.add(labels, outcome === "passed" ? 1 : 0);
    if (durationMs !== null) this.#duration.add(labels, durationMs / 1_000);
    this.#misrouted.add(labels, row.misrouted.sessions);
  }
}
