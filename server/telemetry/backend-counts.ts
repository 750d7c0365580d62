import type { InstanceName } from "../contract/server-key.ts";
import type { ServerStatus } from "../contract/status.ts";
import { CHECK_QUALITIES, VERDICTS } from "../contract/verdict.ts";
import { MetricFamily, formatLabels } from "./exposition.ts";

/** Counts of the servers of one backend. */
interface BackendCount {
  readonly instance: InstanceName;
  readonly backend: string;
  readonly verdicts: Map<string, number>;
  readonly qualities: Map<string, number>;
  /** By `verdict phase`. */
  readonly mismatches: Map<string, number>;
  /** By reason. */
  readonly unknown: Map<string, number>;
}

/** Counts servers per backend. */
export class BackendCounts {
  readonly #backends = new Map<string, BackendCount>();

  add(row: ServerStatus): void {
    const name = backendKey(row.instance, row.backend);
    const counts = this.#backends.get(name) ?? {
      instance: row.instance,
      backend: row.backend,
      verdicts: new Map(),
      qualities: new Map(),
      mismatches: new Map(),
      unknown: new Map(),
    };
    this.#backends.set(name, counts);
    increment(counts.verdicts, row.verdict);
    if (row.quality !== null) increment(counts.qualities, row.quality);
    if (row.phase !== null && row.expected === null) increment(counts.mismatches, `${row.verdict} ${row.phase}`);
    if (row.verdict === "unknown") increment(counts.unknown, row.reason ?? "");
  }

  /** True if the backend has servers. */
  has(instance: InstanceName, backend: string): boolean {
    return this.#backends.has(backendKey(instance, backend));
  }

  /** The text of all families. */
  render(): string {
    const servers = new MetricFamily("haprobe_servers", "gauge", "Servers by verdict.");
    const quality = new MetricFamily(
      "haprobe_servers_by_quality",
      "gauge",
      "Servers by the quality of HAProxy's check.",
    );
    const mismatches = new MetricFamily(
      "haprobe_mismatches",
      "gauge",
      "Servers with a mismatch that is not expected, by verdict and phase.",
    );
    const unknown = new MetricFamily("haprobe_servers_unknown", "gauge", "Servers without a verdict, by reason.");
    for (const { instance, backend, ...counts } of this.#backends.values()) {
      const labels = formatLabels([
        ["haproxy", instance],
        ["proxy", backend],
      ]);
      // Verdicts with zeros: an alert compares with a series that existed before.
      for (const verdict of VERDICTS) servers.add(`${labels},verdict="${verdict}"`, counts.verdicts.get(verdict) ?? 0);
      for (const name of CHECK_QUALITIES) {
        const count = counts.qualities.get(name);
        if (count !== undefined) quality.add(`${labels},quality="${name}"`, count);
      }
      for (const [mismatch, count] of counts.mismatches) {
        const [verdict, phase] = mismatch.split(" ");
        mismatches.add(`${labels},verdict="${verdict}",phase="${phase}"`, count);
      }
      for (const [reason, count] of counts.unknown) unknown.add(`${labels},reason="${reason}"`, count);
    }
    return servers.render() + quality.render() + mismatches.render() + unknown.render();
  }
}

/** Unique, because the name of an instance holds no `/`. */
function backendKey(instance: InstanceName, backend: string): string {
  return `${instance}/${backend}`;
}

function increment(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
