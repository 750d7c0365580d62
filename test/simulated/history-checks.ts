import { expect } from "vitest";
import { type PlayedHistory, type HistoryOptions, playHistory } from "../support/simulator/history.ts";
import { type Episode, renderHistory, type VerdictChange, formatVerdict } from "../support/simulator/timeline.ts";
import { seedsFor } from "./seeds.ts";

/** A history that went wrong, with all that is needed to look at it and to play it again. */
function describeViolation(played: PlayedHistory, key: string, at: number, charge: string): string {
  const { options: plot, simulation, timeline } = played;
  const machine = simulation.settings.machines.find(({ name }) => key.endsWith(`/${name}`));
  return [
    `${charge}: ${key} at ${(at / 1_000).toFixed(3)} s of the history with seed ${plot.seed}`,
    `(${plot.about}; ${plot.disturbances.map(({ name }) => name).join(", ") || "no disturbances"}; again: HAPROBE_SEED=${plot.seed})`,
    JSON.stringify({ ...simulation.settings, machines: machine }),
    renderHistory(timeline, key, at),
  ].join("\n");
}

/** Fails with the number of violations and the first two of them. */
function expectNoViolation(violations: readonly string[]): void {
  const count = violations.length > 2 ? [`the first two of ${violations.length}:`] : [];
  expect([...count, ...violations.slice(0, 2)].join("\n\n")).toBe("");
}

/** Words that may not be heard at any time, in any history. */
function findForbiddenVerdict(said: VerdictChange): string | null {
  if (said.verdict !== "false-up" && said.verdict !== "false-down") return null;
  if (said.verdict === "false-up" && said.probe !== "failed") return `false-up from a probe that is ${said.probe}`;
  if (said.fault === "probe-untrusted" || said.fault === "probe-dns-failed") return `mismatch from ${said.fault}`;
  return null;
}

/** What holds in every history: no verdict from a probe that says nothing, and in the end everything is well again. */
function checkInvariants(played: PlayedHistory): string[] {
  const { timeline, simulation } = played;
  const charges = timeline.verdicts.flatMap((said) => {
    const charge = findForbiddenVerdict(said);
    return charge === null ? [] : [describeViolation(played, said.key, said.at, charge)];
  });
  for (const { key, verdict, phase, reason } of simulation.monitor.live.servers()) {
    // Where polls get lost to the very end, the last of them may be one.
    const pollIsLost = reason === "haproxy-stale" && simulation.settings.lostPolls > 0;
    if (verdict !== "agree-up" && !pollIsLost) {
      charges.push(
        describeViolation(played, key, simulation.time.now(), `left at ${verdict} ${phase ?? ""} ${reason ?? ""}`),
      );
    }
  }
  return charges;
}

/** Histories of this kind, played one after the other. */
async function* playHistories(plot: Omit<HistoryOptions, "seed">, usual: number): AsyncGenerator<PlayedHistory> {
  for (const seed of seedsFor(usual)) yield await playHistory({ ...plot, seed });
}

/** Plays `usual` histories in which nothing is a mismatch; fails for every confirmed mismatch. Returns how much happened. */
export async function expectNoMismatch(
  plot: Pick<HistoryOptions, "disturbances" | "minutes"> & Partial<HistoryOptions>,
  usual: number,
  excused: (said: VerdictChange, played: PlayedHistory) => boolean = () => false,
): Promise<number> {
  const charges: string[] = [];
  let transitions = 0;
  for await (const played of playHistories({ ...plot, about: "legitimate" }, usual)) {
    transitions += played.timeline.episodes.length;
    charges.push(...checkInvariants(played));
    for (const said of played.timeline.verdicts) {
      if (said.phase === "confirmed" && !excused(said, played)) {
        charges.push(describeViolation(played, said.key, said.at, formatVerdict(said)));
      }
    }
  }
  expectNoViolation(charges);
  return transitions;
}

/** How long a verdict stood before another one followed. */
export function verdictDurationMs({ timeline, simulation }: PlayedHistory, said: VerdictChange): number {
  const next = timeline.verdicts.find(({ key, at }) => key === said.key && at > said.at);
  return (next?.at ?? simulation.time.now()) - said.at;
}

/** One mismatch about one server, and how long it took to be confirmed. */
export interface DetectedMismatch {
  readonly condition: string;
  readonly delayMs: number;
}

/**
 * Plays `usual` histories full of mismatches; fails for one that was missed, for a confirmed word that stands longer than
 * `leftWithinMs` after its cause is gone, and for anything else confirmed.
 */
export async function expectEveryMismatchDetected(
  plot: Pick<HistoryOptions, "disturbances" | "minutes"> & Partial<HistoryOptions>,
  usual: number,
  leftWithinMs: number,
): Promise<DetectedMismatch[]> {
  const charges: string[] = [];
  const detected: DetectedMismatch[] = [];
  for await (const played of playHistories({ ...plot, about: "mismatches" }, usual)) {
    const { timeline, simulation } = played;
    // A probe that was out when a mismatch ended may still run into its timeout.
    const lateMs = simulation.settings.probeTimeoutMs + 200;
    const confirmed = timeline.verdicts.filter(({ phase }) => phase === "confirmed");
    const isAbout = (said: VerdictChange, mismatch: Episode): boolean =>
      said.key.endsWith(`/${mismatch.machine}`) && said.at >= mismatch.from && said.at <= mismatch.to + lateMs;
    charges.push(...checkInvariants(played));
    for (const said of confirmed) {
      const mismatch = timeline.episodes.find((episode) => isAbout(said, episode));
      if (mismatch === undefined)
        charges.push(describeViolation(played, said.key, said.at, `no mismatch, and ${formatVerdict(said)}`));
      else if (said.at + verdictDurationMs(played, said) > mismatch.to + lateMs + leftWithinMs) {
        charges.push(describeViolation(played, said.key, said.at, "a confirmed word outlives its cause"));
      }
    }
    for (const mismatch of timeline.episodes) {
      for (const { name } of simulation.haproxiesOf(mismatch.machine)) {
        const first = confirmed.find(
          (said) => said.key.startsWith(`${name}/`) && isAbout(said, mismatch) && said.at <= mismatch.to,
        );
        const key =
          timeline.verdicts.find((said) => said.key.startsWith(`${name}/`) && said.key.endsWith(`/${mismatch.machine}`))
            ?.key ?? "";
        if (first === undefined)
          charges.push(describeViolation(played, key, mismatch.to, `the mismatch ${mismatch.name} was missed`));
        else detected.push({ condition: mismatch.name, delayMs: first.at - mismatch.from });
      }
    }
  }
  expectNoViolation(charges);
  return detected;
}

/** The value below which the share `p` of the values lies. */
export function percentile(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(p * sorted.length))] ?? Number.NaN;
}
