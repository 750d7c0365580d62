import { BOUNDS } from "../bounds.ts";
import { PROBE_OUTCOMES, PROBE_STAGES, type ProbePhases, type ProbeStage } from "../contract/probe-result.ts";
import type { InstanceName } from "../contract/server-key.ts";
import { MetricFamily, formatLabels } from "./exposition.ts";

/** Upper bounds of the buckets, seconds. */
const BUCKET_BOUNDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5] as const;

/** A histogram: how many times fell into each bucket and into none, and their sum. */
interface Histogram {
  readonly counts: number[];
  seconds: number;
}

/** Counts of probes, and the time of their phases: counted by hand, since a library's labels cost more than the probe's judgement. */
export class ProbeSeries {
  readonly #outcomes = new Map<string, number>();
  readonly #recordPhases = new Map<InstanceName, Partial<Record<ProbeStage, Histogram>>>();

  /** A probe ended; outcomes from outside the known ones are not let in. */
  recordProbe(outcome: string): void {
    if (!(PROBE_OUTCOMES as readonly string[]).includes(outcome)) return;
    this.#outcomes.set(outcome, (this.#outcomes.get(outcome) ?? 0) + 1);
  }

  /** Milliseconds of the phases of a probe, for one instance that leads to its target. */
  phases(instance: InstanceName, phases: Partial<ProbePhases>): void {
    let known = this.#recordPhases.get(instance);
    if (known === undefined) {
      if (this.#recordPhases.size >= BOUNDS.instancesMax) return;
      this.#recordPhases.set(instance, (known = {}));
    }
    for (const phase of PROBE_STAGES) {
      const ms = phases[phase];
      if (typeof ms === "number") observe((known[phase] ??= createHistogram()), ms / 1_000);
    }
  }

  /** The text of the families, for the instances that there are; the others are forgotten. */
  render(present: ReadonlySet<InstanceName>): string {
    const probes = new MetricFamily("haprobe_probes_total", "counter", "Probes that ended, by outcome.");
    for (const [outcome, count] of this.#outcomes) probes.add(formatLabels([["outcome", outcome]]), count);
    const times = new MetricFamily(
      "haprobe_probe_phase_seconds",
      "histogram",
      "Time of each finished phase of a probe, for each HAProxy that leads to its target.",
    );
    for (const [haproxy, phases] of this.#recordPhases) {
      if (!present.has(haproxy)) {
        this.#recordPhases.delete(haproxy);
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

function observe(times: Histogram, seconds: number): void {
  let bucket = 0;
  while (bucket < BUCKET_BOUNDS.length && seconds > (BUCKET_BOUNDS[bucket] ?? Infinity)) bucket += 1;
  times.counts[bucket] = (times.counts[bucket] ?? 0) + 1;
  times.seconds += seconds;
}

/** The text format wants each bucket to hold those below it, too. */
function addHistogram(family: MetricFamily, labels: string, { counts, seconds }: Histogram): void {
  let below = 0;
  for (const [bucket, count] of counts.entries()) {
    below += count;
    family.add(`${labels},le="${BUCKET_BOUNDS[bucket] ?? "+Inf"}"`, below, "_bucket");
  }
  family.add(labels, seconds, "_sum");
  family.add(labels, below, "_count");
}
