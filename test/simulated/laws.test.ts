import { describe, expect, test } from "vitest";
import { machinesOf, type Played, type Plot, play } from "../support/simulator/history.ts";
import { wordsOf } from "../support/simulator/timeline.ts";
import { ourPathIsCut, reloadStorm, weStandStill } from "../support/simulator/weather.ts";
import { FIRST_SEED } from "./seeds.ts";

const S = 1_000;
const PLOT: Plot = {
  seed: FIRST_SEED,
  about: "legitimate",
  weather: [reloadStorm, ourPathIsCut, weStandStill],
  minutes: 3,
};

/** What was said of each server, in the order of its keys. */
function saidByServer({ timeline }: Played): Map<string, string[]> {
  const said = new Map<string, string[]>();
  for (const word of [...timeline.said].sort((a, b) => a.at - b.at)) {
    const line = `${word.at.toFixed(3)} ${wordsOf(word)}`;
    said.set(word.key, [...(said.get(word.key) ?? []), line]);
  }
  return new Map([...said].sort(([a], [b]) => (a < b ? -1 : 1)));
}

describe("a history is the same whenever it is played", () => {
  test("the same seed gives the same verdicts at the same times", async () => {
    const [once, again] = [await play(PLOT), await play(PLOT)];
    expect(once.timeline.said.length).toBeGreaterThan(200);
    expect(again.timeline).toEqual(once.timeline);
  });

  test("another seed gives another one", async () => {
    const [one, other] = [await play(PLOT), await play({ ...PLOT, seed: FIRST_SEED + 1 })];
    expect(other.timeline.said).not.toEqual(one.timeline.said);
  });

  test.each(["legitimate", "lies"] as const)("the order of the servers decides nothing (%s)", async (about) => {
    const machines = machinesOf(FIRST_SEED, 0, ["none", "L4", "L6", "L7"], 3);
    const plot = { ...PLOT, about };
    const forwards = await play({ ...plot, world: { machines, jitter: false } });
    const backwards = await play({ ...plot, world: { machines: machines.toReversed(), jitter: false } });
    expect(saidByServer(backwards)).toEqual(saidByServer(forwards));
  });
});

describe("one of eight sites is cut off from us", () => {
  const SITES = 8;
  const CUT = 3;
  const machines = Array.from({ length: SITES }, (_, site) =>
    machinesOf(FIRST_SEED, site, ["none", "L4", "L6", "L7"], 1),
  );
  const world = { machines: machines.flat(), sites: SITES, haproxiesPerSite: 1, jitter: false, lostPolls: 0 };
  /** After this long without an answer, and one poll more, nothing is known of a HAProxy. */
  const STALE_MS = 6_500;
  const isThere = (key: string): boolean => key.includes(`/s${CUT}-`);

  test.each(["legitimate", "lies"] as const)(
    "no false-up there, and the other seven are judged as if nothing were (%s)",
    async (about) => {
      for (const kind of ["drop", "reject"] as const) {
        const plot: Plot = { ...PLOT, about, weather: [], world };
        const [from, to] = [40 * S, 160 * S];
        const cut = await play({
          ...plot,
          before: (begun) =>
            begun.tell(
              (function* () {
                yield from;
                const mend = begun.cutSite(CUT, kind);
                yield to - from;
                mend();
              })(),
            ),
        });
        const whole = await play(plot);
        const others = ([key]: [string, string[]]): boolean => !isThere(key);
        const words = (played: Played): [string, string[]][] =>
          [...saidByServer(played)]
            .filter(others)
            .map(([key, said]) => [key, said.map((line) => line.split(" ").slice(1).join(" "))]);
        expect(words(cut)).toEqual(words(whole));

        const during = cut.timeline.said.filter(({ key, at }) => isThere(key) && at < to);
        const last = new Map(during.map((word) => [word.key, wordsOf(word)]));
        expect(new Set(last.values())).toEqual(new Set(["unknown haproxy-stale"]));
        // A word that was on its way when the cut came may still arrive.
        expect(during.filter(({ verdict, at }) => verdict === "false-up" && at > from + STALE_MS)).toEqual([]);
      }
    },
  );
});
