import type { Finding } from "../contract/finding.ts";
import { formatLabels, MetricFamily } from "./exposition.ts";

/** The number of findings by HAProxy and code; those about haprobe itself have no HAProxy. */
export function renderFindingSeries(findings: readonly Finding[]): string {
  const counts = new Map<string, number>();
  for (const { code, subject } of findings) {
    const instance: [string, string][] = subject.instance === null ? [] : [["haproxy", subject.instance]];
    const labels = formatLabels([...instance, ["code", code]]);
    counts.set(labels, (counts.get(labels) ?? 0) + 1);
  }
  const family = new MetricFamily("haprobe_findings", "gauge", "Findings that stand now, such as mistakes in a cfg.");
  for (const [labels, count] of counts) family.add(labels, count);
  return family.render();
}
