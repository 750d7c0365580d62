import type { Measurement, BenchCase, Unit } from "./measurement.ts";
import type { MachineFacts } from "./machine.ts";

/** What came out of one section. */
export interface SectionResult {
  readonly name: string;
  readonly title: string;
  readonly rows: readonly BenchCase[];
  /** Why it did not run; null where it did. */
  readonly skipped: string | null;
}

/** Everything as Markdown, as docs/performance.md has it. */
export function renderReport(machine: MachineFacts, measured: readonly SectionResult[]): string {
  const { cpu, cores, memoryMiB, kernel, node, haproxy, load, at } = machine;
  const about = `${cores} cores of ${cpu}, ${memoryMiB} MiB, ${kernel}; Node.js ${node}, HAProxy ${haproxy}; load ${load.toFixed(2)} at ${at}`;
  return [about, ...measured.map(renderSection)].join("\n\n");
}

function renderSection({ title, rows, skipped }: SectionResult): string {
  if (skipped !== null) return `## ${title}\n\nSkipped: ${skipped}`;
  const lines = rows.flatMap(({ situation, figures }) =>
    figures.map(({ what, unit, median, low, high, aim }: Measurement) => {
      const spread = low === high ? "" : `${formatNumber(low)} … ${formatNumber(high)}`;
      return `| ${situation} | ${what} | ${formatNumber(median)}${unitText(unit)} | ${spread} | ${aim ?? ""} |`;
    }),
  );
  return [
    `## ${title}`,
    "",
    "| case | figure | median | range | aim |",
    "| --- | --- | --- | --- | --- |",
    ...lines,
  ].join("\n");
}

/** Three figures that count; more would claim what no bench knows. */
function formatNumber(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString("en", { maximumFractionDigits: 3 });
}

function unitText(unit: Unit): string {
  return unit === "" ? "" : ` ${unit}`;
}
