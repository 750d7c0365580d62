import type { InstanceName } from "../contract/server-key.ts";
import type { ServerStatus } from "../contract/status.ts";
import { CHECK_QUALITIES, VERDICTS } from "../contract/verdict.ts";
import { Family, labelText } from "./exposition.ts";

/** Servers of one backend, by what can be said of them. */
interface ProxyCount {
  readonly instance: InstanceName;
  readonly backend: string;
  readonly verdicts: Map<string, number>;
  readonly qualities: Map<string, number>;
  /** By `verdict phase`. */
  readonly mismatches: Map<string, number>;
  /** By reason. */
  readonly unknown: Map<string, number>;
}

/** Counts servers per backend while somebody walks over them. */
export class ProxyCounts {
  readonly #proxies = new Map<string, ProxyCount>();

  add(row: ServerStatus): void {
    const name = proxyName(row.instance, row.backend);
    const proxy = this.#proxies.get(name) ?? {
      instance: row.instance,
      backend: row.backend,
      verdicts: new Map(),
      qualities: new Map(),
      mismatches: new Map(),
      unknown: new Map(),
    };
    this.#proxies.set(name, proxy);
    increment(proxy.verdicts, row.verdict);
    if (row.quality !== null) increment(proxy.qualities, row.quality);
    if (row.phase !== null && row.expected === null) increment(proxy.mismatches, `${row.verdict} ${row.phase}`);
    if (row.verdict === "unknown") increment(proxy.unknown, row.reason ?? "");
  }

  /** True for a backend that has servers: what is counted elsewhere vanishes with it. */
  has(instance: InstanceName, backend: string): boolean {
    return this.#proxies.has(proxyName(instance, backend));
  }

  /** The text of the families. */
  text(): string {
    const servers = new Family("haprobe_servers", "gauge", "Servers by verdict.");
    const quality = new Family("haprobe_servers_by_quality", "gauge", "Servers by the worth of HAProxy's check.");
    const mismatches = new Family(
      "haprobe_mismatches",
      "gauge",
      "Servers with a mismatch that is not expected, by verdict and phase.",
    );
    const unknown = new Family("haprobe_servers_unknown", "gauge", "Servers without a verdict, by reason.");
    for (const { instance, backend, ...counts } of this.#proxies.values()) {
      const labels = labelText([
        ["haproxy", instance],
        ["proxy", backend],
      ]);
      // Verdicts with their zeros, since an alert compares with a series that was there before.
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
    return servers.text() + quality.text() + mismatches.text() + unknown.text();
  }
}

/** An instance's name never holds a `/`, so this is unique. */
function proxyName(instance: InstanceName, backend: string): string {
  return `${instance}/${backend}`;
}

function increment(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
