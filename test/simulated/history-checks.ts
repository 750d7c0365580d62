import { expect } from "vitest";
import { type PlayedHistory, type HistoryOptions, playHistory } from "../support/simulator/history.ts";
import { type Episode, renderHistory, type VerdictChange, formatVerdict } from "../support/simulator/timeline.ts";
import { seedsFor } from "./seeds.ts";

/** A history that went wrong, with all that is needed to look at it and to play it again. */
function describeViolation(played: PlayedHistory, key: string, at: number, charge: string): string {
  const { options: plot, simulation: world, timeline } = played;
  const machine = world.settings.machines.find(({ name }) => key.endsWith(`/${name}`));
  return [
    `${charge}: ${key} at ${(at / 1_000).toFixed(3)} s of the history with seed ${plot.seed}`,
    `(${plot.about}; ${plot.disturbances.map(({ name }) => name).join(", ") || "no weather"}; again: HAPROBE_SEED=${plot.seed})`,
    JSON.stringify({ ...world.settings, machines: machine }),
    renderHistory(timeline, key, at),
  ].join("\n");
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
  const { timeline, simulation: world } = played;
  const charges = timeline.verdicts.flatMap((said) => {
    const charge = findForbiddenVerdict(said);
    return charge === null ? [] : [describeViolation(played, said.key, said.at, charge)];
  });
  for (const { key, verdict, phase, reason } of world.monitor.live.servers()) {
    // Where polls get lost to the very end, the last of them may be one.
    const pollIsLost = reason === "haproxy-stale" && world.settings.lostPolls > 0;
    if (verdict !== "agree-up" && !pollIsLost) {
      charges.push(
        describeViolation(played, key, world.time.now(), `left at ${verdict} ${phase ?? ""} ${reason ?? ""}`),
      );
    }
  }
  return charges;
}

/** Histories of this kind, played one after the other. */
async function* playHistories(plot: Omit<HistoryOptions, "seed">, usual: number): AsyncGenerator<PlayedHistory> {
  for (const seed of seedsFor(usual)) yield await playHistory({ ...plot, seed });
}

/** Plays `usual` histories in which nothing is a lie; fails for every confirmed mismatch. Returns how much happened. */
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
  expect(charges.slice(0, 2).join("\n\n")).toBe("");
  return transitions;
}

/** How long a verdict stood before another one followed. */
export function verdictDurationMs({ timeline, simulation: world }: PlayedHistory, said: VerdictChange): number {
  const next = timeline.verdicts.find(({ key, at }) => key === said.key && at > said.at);
  return (next?.at ?? world.time.now()) - said.at;
}

/** One lie about one server, and how long it took to be confirmed. */
export interface DetectedMismatch {
  readonly condition: string;
  readonly delayMs: number;
}

/**
 * Plays `usual` histories full of lies; fails for one that was missed, for a confirmed word that stands longer than
 * `leftWithinMs` after its cause is gone, and for anything else confirmed.
 */
export async function expectEveryMismatchDetected(
  plot: Pick<HistoryOptions, "disturbances" | "minutes"> & Partial<HistoryOptions>,
  usual: number,
  leftWithinMs: number,
): Promise<DetectedMismatch[]> {
  const charges: string[] = [];
  const told: DetectedMismatch[] = [];
  for await (const played of playHistories({ ...plot, about: "lies" }, usual)) {
    const { timeline, simulation: world } = played;
    // A probe that was out when a lie ended may still run into its timeout.
    const lateMs = world.settings.probeTimeoutMs + 200;
    const confirmed = timeline.verdicts.filter(({ phase }) => phase === "confirmed");
    const isAbout = (said: VerdictChange, lie: Episode): boolean =>
      said.key.endsWith(`/${lie.machine}`) && said.at >= lie.from && said.at <= lie.to + lateMs;
    charges.push(...checkInvariants(played));
    for (const said of confirmed) {
      const lie = timeline.episodes.find((episode) => isAbout(said, episode));
      if (lie === undefined)
        charges.push(describeViolation(played, said.key, said.at, `no lie, and ${formatVerdict(said)}`));
      else if (said.at + verdictDurationMs(played, said) > lie.to + lateMs + leftWithinMs) {
        charges.push(describeViolation(played, said.key, said.at, "a confirmed word outlives its cause"));
      }
    }
    for (const lie of timeline.episodes) {
      for (const { name } of world.haproxiesOf(lie.machine)) {
        const first = confirmed.find(
          (said) => said.key.startsWith(`${name}/`) && isAbout(said, lie) && said.at <= lie.to,
        );
        const key =
          timeline.verdicts.find((said) => said.key.startsWith(`${name}/`) && said.key.endsWith(`/${lie.machine}`))
            ?.key ?? "";
        if (first === undefined) charges.push(describeViolation(played, key, lie.to, `the lie ${lie.name} was missed`));
        else told.push({ condition: lie.name, delayMs: first.at - lie.from });
      }
    }
  }
  expect(charges.slice(0, 2).join("\n\n")).toBe("");
  return told;
}

/** The value below which the part `p` of the values lies. */
export function percentile(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(p * sorted.length))] ?? Number.NaN;
}
