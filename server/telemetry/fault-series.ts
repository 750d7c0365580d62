import { FAULT_PARTS, type FaultReporter, type InternalFault } from "../contract/ports.ts";
import { formatLabels, MetricFamily } from "./exposition.ts";

/** Counts errors of haprobe's own code by the part they were kept to, and failures of each event sink. */
export class FaultSeries implements FaultReporter {
  /** Zeros too: `increase()` does not see a series that begins with 1. */
  readonly #byPart = new Map<string, number>(FAULT_PARTS.map((part) => [part, 0]));
  /** Sinks are parts of the program: few, with fixed names. */
  readonly #errorsBySink = new Map<string, number>();
  readonly #dropsBySink = new Map<string, number>();

  recordFault({ part, name }: InternalFault): void {
    increment(this.#byPart, part);
    if (part === "sink") increment(this.#errorsBySink, name);
  }

  recordSinkDrop(sink: string): void {
    increment(this.#dropsBySink, sink);
  }

  render(): string {
    return (
      renderCounts(
        "haprobe_internal_errors_total",
        "Errors of haprobe's own code that were kept from ending it, by part.",
        "part",
        this.#byPart,
      ) +
      renderCounts(
        "haprobe_sink_errors_total",
        "Events that a sink failed to apply, by sink.",
        "sink",
        this.#errorsBySink,
      ) +
      renderCounts(
        "haprobe_sink_dropped_events_total",
        "Events that were dropped because the queue of a sink was full, by sink.",
        "sink",
        this.#dropsBySink,
      )
    );
  }
}

function increment(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

function renderCounts(name: string, help: string, label: string, counts: ReadonlyMap<string, number>): string {
  const family = new MetricFamily(name, "counter", help);
  for (const [value, count] of counts) family.add(formatLabels([[label, value]]), count);
  return family.render();
}
