import type { Measurement, BenchCase, Unit } from "./measurement.ts";
import type { MachineFacts } from "./machine.ts";

/** The result of one section. */
export interface SectionResult {
  readonly name: string;
  readonly title: string;
  readonly rows: readonly BenchCase[];
  /** Why it was skipped; null if it ran. */
  readonly skipped: string | null;
}

/** The report as Markdown. */
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

/** Rounded to three significant digits. */
function formatNumber(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString("en", { maximumFractionDigits: 3 });
}

function unitText(unit: Unit): string {
  return unit === "" ? "" : ` ${unit}`;
}
