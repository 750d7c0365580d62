import { describe, expect, test } from "vitest";
import { createMachines, type PlayedHistory, type HistoryOptions, playHistory } from "../support/simulator/history.ts";
import { formatVerdict } from "../support/simulator/timeline.ts";
import { cutOurPath, reloadStorm, pauseHaprobe } from "../support/simulator/disturbances.ts";
import { FIRST_SEED } from "./seeds.ts";

const SECOND = 1_000;
const HISTORY_OPTIONS: HistoryOptions = {
  seed: FIRST_SEED,
  about: "legitimate",
  disturbances: [reloadStorm, cutOurPath, pauseHaprobe],
  minutes: 3,
};

/** What was said of each server, in the order of its keys. */
function verdictsByServer({ timeline }: PlayedHistory): Map<string, string[]> {
  const said = new Map<string, string[]>();
  for (const word of [...timeline.verdicts].sort((a, b) => a.at - b.at)) {
    const line = `${word.at.toFixed(3)} ${formatVerdict(word)}`;
    said.set(word.key, [...(said.get(word.key) ?? []), line]);
  }
  return new Map([...said].sort(([a], [b]) => (a < b ? -1 : 1)));
}

describe("a history is the same whenever it is played", () => {
  test("the same seed gives the same verdicts at the same times", async () => {
    const [once, again] = [await playHistory(HISTORY_OPTIONS), await playHistory(HISTORY_OPTIONS)];
    expect(once.timeline.verdicts.length).toBeGreaterThan(200);
    expect(again.timeline).toEqual(once.timeline);
  });

  test("another seed gives another one", async () => {
    const [one, other] = [
      await playHistory(HISTORY_OPTIONS),
      await playHistory({ ...HISTORY_OPTIONS, seed: FIRST_SEED + 1 }),
    ];
    expect(other.timeline.verdicts).not.toEqual(one.timeline.verdicts);
  });

  test.each(["legitimate", "mismatches"] as const)("the order of the servers decides nothing (%s)", async (about) => {
    const machines = createMachines(FIRST_SEED, 0, ["none", "L4", "L6", "L7"], 3);
    const plot = { ...HISTORY_OPTIONS, about };
    const forwards = await playHistory({ ...plot, settings: { machines, jitter: false } });
    const backwards = await playHistory({ ...plot, settings: { machines: machines.toReversed(), jitter: false } });
    expect(verdictsByServer(backwards)).toEqual(verdictsByServer(forwards));
  });
});

describe("one of eight sites is cut off from us", () => {
  // Probes due within 10 ms go out together, so that a site's timers move those of others by that much: a seed in which
  // no poll falls into such a gap.
  const seed = FIRST_SEED + 1;
  const SITES = 8;
  const CUT = 3;
  const machines = Array.from({ length: SITES }, (_, site) =>
    createMachines(seed, site, ["none", "L4", "L6", "L7"], 1),
  );
  const settings = { machines: machines.flat(), sites: SITES, haproxiesPerSite: 1, jitter: false, lostPolls: 0 };
  /** After this long without an answer, and one poll more, nothing is known of a HAProxy. */
  const STALE_MS = 6_500;
  const isThere = (key: string): boolean => key.includes(`/s${CUT}-`);

  test.each(["legitimate", "mismatches"] as const)(
    "no false-up there, and the other seven are judged as if nothing were (%s)",
    async (about) => {
      for (const kind of ["drop", "reject"] as const) {
        const plot: HistoryOptions = { ...HISTORY_OPTIONS, seed, about, disturbances: [], settings };
        const [from, to] = [40 * SECOND, 160 * SECOND];
        const cut = await playHistory({
          ...plot,
          prepare: (begun) =>
            begun.startScenario(
              (function* () {
                yield from;
                const restore = begun.cutSite(CUT, kind);
                yield to - from;
                restore();
              })(),
            ),
        });
        const whole = await playHistory(plot);
        const others = ([key]: [string, string[]]): boolean => !isThere(key);
        const words = (played: PlayedHistory): [string, string[]][] =>
          [...verdictsByServer(played)]
            .filter(others)
            .map(([key, said]) => [key, said.map((line) => line.split(" ").slice(1).join(" "))]);
        expect(words(cut)).toEqual(words(whole));

        const during = cut.timeline.verdicts.filter(({ key, at }) => isThere(key) && at < to);
        const last = new Map(during.map((word) => [word.key, formatVerdict(word)]));
        expect(new Set(last.values())).toEqual(new Set(["unknown haproxy-stale"]));
        // A word that was on its way when the cut came may still arrive.
        expect(during.filter(({ verdict, at }) => verdict === "false-up" && at > from + STALE_MS)).toEqual([]);
      }
    },
  );
});
