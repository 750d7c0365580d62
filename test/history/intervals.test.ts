import { describe, expect, test } from "vitest";
import { type Interval, toIntervals } from "../../server/history/intervals.ts";
import { severityOf } from "../../server/history/severity.ts";
import { thinIntervals } from "../../server/history/thin-intervals.ts";
import { SeededRandom } from "../support/simulator/seeded-random.ts";
import { entryAt, falseUpAt } from "./sample-entries.ts";

const words = (intervals: readonly Interval[]): (string | number)[][] =>
  intervals.map(({ from, to, entry }) => [from, to, entry?.phase ?? entry?.verdict ?? "not-recorded"]);

describe("the intervals of a range", () => {
  test("begin with what held before it and end with it", () => {
    const entries = [entryAt(10), falseUpAt(150, "suspected"), falseUpAt(170, "confirmed")];
    expect(words(toIntervals(entries, [{ from: 0, to: 1_000 }], { from: 100, to: 200 }))).toEqual([
      [100, 150, "agree-up"],
      [150, 170, "suspected"],
      [170, 200, "confirmed"],
    ]);
  });

  test("say what was not recorded: before the first judgement, between two runs, after the last", () => {
    const entries = [entryAt(120), falseUpAt(145, "confirmed")];
    const spans = [
      { from: 110, to: 150 },
      { from: 170, to: 190 },
    ];
    expect(words(toIntervals(entries, spans, { from: 100, to: 200 }))).toEqual([
      [100, 120, "not-recorded"],
      [120, 145, "agree-up"],
      [145, 150, "confirmed"],
      [150, 170, "not-recorded"],
      [170, 190, "confirmed"],
      [190, 200, "not-recorded"],
    ]);
  });

  test("do not know what became of a server after HAProxy lost it", () => {
    const entries = [entryAt(100), entryAt(130, { verdict: "unknown", reason: "not-recorded" }), entryAt(160)];
    expect(words(toIntervals(entries, [{ from: 0, to: 200 }], { from: 100, to: 200 }))).toEqual([
      [100, 130, "agree-up"],
      [130, 160, "not-recorded"],
      [160, 200, "agree-up"],
    ]);
  });

  test("are one that is not recorded where there is neither run nor judgement", () => {
    expect(words(toIntervals([], [], { from: 0, to: 9 }))).toEqual([[0, 9, "not-recorded"]]);
    expect(words(toIntervals([entryAt(1)], [], { from: 0, to: 9 }))).toEqual([[0, 9, "not-recorded"]]);
  });
});

describe("thinned intervals", () => {
  const RANGE = { from: 0, to: 100_000 };

  function randomHistory(random: SeededRandom): Interval[] {
    const kinds = ["agree-up", "agree-down", "unknown", "out-of-service", "false-down", "false-up"];
    const entries = [entryAt(-1)];
    for (let at = 0; at < RANGE.to; at += 1 + Math.floor(random.next() ** 6 * 900)) {
      const verdict = random.next() < 0.9 ? "agree-up" : (kinds[Math.floor(random.next() * kinds.length)] ?? "");
      const phase = verdict.startsWith("false") ? (random.next() < 0.5 ? "suspected" : "confirmed") : null;
      entries.push(entryAt(at, { verdict, phase }));
    }
    const spans = [
      { from: -10, to: 40_000 },
      { from: 41_000, to: RANGE.to },
    ];
    return toIntervals(entries, spans, RANGE);
  }

  const worstWithin = (intervals: readonly Interval[], from: number, to: number): number =>
    Math.max(...intervals.filter((it) => it.from < to && it.to > from).map(({ entry }) => severityOf(entry)));

  test("are the same while they are few enough", () => {
    const few = toIntervals([entryAt(0), falseUpAt(5, "confirmed")], [RANGE], RANGE);
    expect(thinIntervals(few, RANGE, 4)).toBe(few);
  });

  test.each([4, 40, 400])("to %i still cover the range, and keep the worst of each part", (atMost) => {
    for (let seed = 1; seed <= 20; seed += 1) {
      const all = randomHistory(new SeededRandom(seed));
      const thinned = thinIntervals(all, RANGE, atMost);
      expect(all.length).toBeGreaterThan(atMost);
      expect(thinned.length).toBeLessThanOrEqual(atMost);
      expect([thinned[0]?.from, thinned.at(-1)?.to]).toEqual([RANGE.from, RANGE.to]);
      for (const [place, interval] of thinned.entries()) {
        if (place > 0) expect(interval.from).toBe(thinned[place - 1]?.to);
        expect(interval.to).toBeGreaterThan(interval.from);
      }
      const part = RANGE.to / Math.floor(atMost / 4);
      for (let from = 0; from < RANGE.to; from += part) {
        expect(worstWithin(thinned, from, from + part)).toBe(worstWithin(all, from, from + part));
      }
    }
  });

  test("do not lengthen the worst: a false-up of 3 ms stays one of 3 ms", () => {
    const entries = Array.from({ length: 1_000 }, (_, n) => entryAt(n * 100, { haproxyStatus: `UP ${n}/9` }));
    const all = toIntervals(
      [...entries.slice(0, 500), falseUpAt(49_907, "confirmed"), entryAt(49_910), ...entries.slice(500)],
      [RANGE],
      RANGE,
    );
    const falseUps = thinIntervals(all, RANGE, 40).filter(({ entry }) => entry?.verdict === "false-up");
    expect(words(falseUps)).toEqual([[49_907, 49_910, "confirmed"]]);
  });
});
