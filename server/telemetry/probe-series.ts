import { BOUNDS } from "../bounds.ts";
import { PROBE_OUTCOMES, PROBE_STAGES, type ProbePhases, type ProbeStage } from "../contract/probe-result.ts";
import type { InstanceName } from "../contract/server-key.ts";
import { MetricFamily, formatLabels } from "./exposition.ts";

/** Upper bounds of the buckets, seconds. */
const BUCKET_BOUNDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5] as const;

/** A histogram: counts per bucket, the last for values above all bounds, and the sum. */
interface Histogram {
  readonly counts: number[];
  seconds: number;
}

/** Counts probes and the time of their phases. No library: its labels cost more CPU than judging the probe. */
export class ProbeSeries {
  readonly #outcomes = new Map<string, number>();
  readonly #phases = new Map<InstanceName, Partial<Record<ProbeStage, Histogram>>>();

  /** Counts a finished probe; an unknown outcome is ignored. */
  recordProbe(outcome: string): void {
    if (!(PROBE_OUTCOMES as readonly string[]).includes(outcome)) return;
    this.#outcomes.set(outcome, (this.#outcomes.get(outcome) ?? 0) + 1);
  }

  /** Records the phases of a probe in milliseconds, for one instance with its target. */
  phases(instance: InstanceName, phases: Partial<ProbePhases>): void {
    let known = this.#phases.get(instance);
    if (known === undefined) {
      if (this.#phases.size >= BOUNDS.instancesMax) return;
      this.#phases.set(instance, (known = {}));
    }
    for (const phase of PROBE_STAGES) {
      const ms = phases[phase];
      if (typeof ms === "number") observe((known[phase] ??= createHistogram()), ms / 1_000);
    }
  }

  /** The text of all families, for these instances; the others are dropped. */
  render(present: ReadonlySet<InstanceName>): string {
    const probes = new MetricFamily("haprobe_probes_total", "counter", "Probes that ended, by outcome.");
    for (const [outcome, count] of this.#outcomes) probes.add(formatLabels([["outcome", outcome]]), count);
    const times = new MetricFamily(
      "haprobe_probe_phase_seconds",
      "histogram",
      "Time of each finished phase of a probe, for each HAProxy with its target.",
    );
    for (const [haproxy, phases] of this.#phases) {
      if (!present.has(haproxy)) {
        this.#phases.delete(haproxy);
        continue;
      }
      for (const phase of PROBE_STAGES) {
        const known = phases[phase];
        if (known === undefined) continue;
        const labels: [string, string][] = [
          ["haproxy", haproxy],
          ["phase", phase],
        ];
        addHistogram(times, formatLabels(labels), known);
      }
    }
    return probes.render() + times.render();
  }
}

function createHistogram(): Histogram {
  return { counts: new Array<number>(BUCKET_BOUNDS.length + 1).fill(0), seconds: 0 };
}

function observe(histogram: Histogram, seconds: number): void {
  let bucket = 0;
  while (bucket < BUCKET_BOUNDS.length && seconds > (BUCKET_BOUNDS[bucket] ?? Infinity)) bucket += 1;
  histogram.counts[bucket] = (histogram.counts[bucket] ?? 0) + 1;
  histogram.seconds += seconds;
}

/** Adds the cumulative buckets that the text format requires. */
function addHistogram(family: MetricFamily, labels: string, { counts, seconds }: Histogram): void {
  let below = 0;
  for (const [bucket, count] of counts.entries()) {
    below += count;
    family.add(`${labels},le="${BUCKET_BOUNDS[bucket] ?? "+Inf"}"`, below, "_bucket");
  }
  family.add(labels, seconds, "_sum");
  family.add(labels, below, "_count");
}
