import { BOUNDS } from "../bounds.ts";
import type { InstanceName } from "../contract/server-key.ts";
import type { ServerStatus } from "../contract/status.ts";
import { CHECK_QUALITIES, VERDICTS } from "../contract/verdict.ts";
import { MetricFamily, formatLabels } from "./exposition.ts";

/** Which servers and backends have their own series. */
export type PerServer = "all" | "mismatches" | "none";

const STEP_BACKENDS = 500;

/** Counts of the servers of one backend, or of all backends of one instance without their own series. */
interface ServerCounts {
  readonly instance: InstanceName;
  /** Null for several backends. */
  readonly backend: string | null;
  /** Has series of its own; null where no server asked for them. */
  isOwn: boolean | null;
  readonly verdicts: Map<string, number>;
  readonly qualities: Map<string, number>;
  /** By `verdict phase`. */
  readonly mismatches: Map<string, number>;
  /** By reason. */
  readonly unknown: Map<string, number>;
}

/** Counts servers per backend; backends without their own series are summed per instance, in series without `proxy`. */
export class BackendCounts {
  readonly #perServer: PerServer;
  readonly #backends = new Map<string, ServerCounts>();
  readonly #instances = new Set<InstanceName>();
  /** Backends that asked for series of their own, by instance. */
  readonly #asked = new Map<InstanceName, number>();

  constructor(perServer: PerServer) {
    this.#perServer = perServer;
  }

  /** Counts a row; true where the server and its backend have series of their own. */
  add(row: ServerStatus): boolean {
    const backend = this.#perServer === "none" ? null : row.backend;
    const name = backendKey(row.instance, backend);
    const counts = this.#backends.get(name) ?? newCounts(row.instance, backend);
    this.#backends.set(name, counts);
    this.#instances.add(row.instance);
    increment(counts.verdicts, row.verdict);
    const isShown = this.#perServer === "all" || (this.#perServer === "mismatches" && row.phase !== null);
    if (isShown) counts.isOwn ??= this.#claimPlace(row.instance);
    if (row.quality !== null) increment(counts.qualities, row.quality);
    if (row.phase !== null && row.expected === null) increment(counts.mismatches, `${row.verdict} ${row.phase}`);
    if (row.verdict === "unknown") increment(counts.unknown, row.reason ?? "");
    return isShown && counts.isOwn === true;
  }

  /** True if the backend, or for null the instance, has servers. */
  has(instance: InstanceName, backend: string | null): boolean {
    return backend === null ? this.#instances.has(instance) : this.#backends.has(backendKey(instance, backend));
  }

  /** Yields the text of all families, in parts that may be empty. */
  *render(): Generator<string, void, void> {
    const families = newFamilies();
    const sums = new Map<InstanceName, ServerCounts>();
    let looked = 0;
    for (const counts of this.#backends.values()) {
      if (counts.isOwn === true) families.add(counts);
      else {
        const sum = sums.get(counts.instance) ?? newCounts(counts.instance, null);
        sums.set(counts.instance, sum);
        addTo(sum, counts);
      }
      if ((looked += 1) % STEP_BACKENDS === 0) yield "";
    }
    for (const sum of sums.values()) families.add(sum);
    yield families.render();
    const leftOut = new MetricFamily(
      "haprobe_backends_left_out",
      "gauge",
      "Backends without series of their own, because their HAProxy has too many.",
    );
    for (const instance of this.#instances) {
      const asked = this.#asked.get(instance) ?? 0;
      leftOut.add(formatLabels(backendLabels(instance, null)), Math.max(0, asked - BOUNDS.metricsBackendsMax));
    }
    yield leftOut.render();
  }

  #claimPlace(instance: InstanceName): boolean {
    const asked = this.#asked.get(instance) ?? 0;
    this.#asked.set(instance, asked + 1);
    return asked < BOUNDS.metricsBackendsMax;
  }
}

/** The families of counts, with a series of each for what is added. */
function newFamilies(): { add(counts: ServerCounts): void; render(): string } {
  const servers = new MetricFamily("haprobe_servers", "gauge", "Servers by verdict.");
  const quality = new MetricFamily("haprobe_servers_by_quality", "gauge", "Servers by the quality of HAProxy's check.");
  const mismatches = new MetricFamily(
    "haprobe_mismatches",
    "gauge",
    "Servers with a mismatch that is not expected, by verdict and phase.",
  );
  const unknown = new MetricFamily("haprobe_servers_unknown", "gauge", "Servers without a verdict, by reason.");
  return {
    add({ instance, backend, ...counts }) {
      const labels = formatLabels(backendLabels(instance, backend));
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
    },
    render: () => servers.render() + quality.render() + mismatches.render() + unknown.render(),
  };
}

function addTo(sum: ServerCounts, counts: ServerCounts): void {
  for (const kind of ["verdicts", "qualities", "mismatches", "unknown"] as const) {
    for (const [name, count] of counts[kind]) increment(sum[kind], name, count);
  }
}

/** Labels of a backend, or for null of all backends of an instance. */
export function backendLabels(instance: InstanceName, backend: string | null): [name: string, value: string][] {
  return backend === null
    ? [["haproxy", instance]]
    : [
        ["haproxy", instance],
        ["proxy", backend],
      ];
}

function newCounts(instance: InstanceName, backend: string | null): ServerCounts {
  return {
    instance,
    backend,
    isOwn: null,
    verdicts: new Map(),
    qualities: new Map(),
    mismatches: new Map(),
    unknown: new Map(),
  };
}

/** Unique, because the name of an instance holds no `/`. */
function backendKey(instance: InstanceName, backend: string | null): string {
  return backend === null ? instance : `${instance}/${backend}`;
}

function increment(counts: Map<string, number>, name: string, by = 1): void {
  counts.set(name, (counts.get(name) ?? 0) + by);
}
