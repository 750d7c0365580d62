import { describe, expect, test } from "vitest";
import type { HistoryInterval, ServerHistory } from "../../server/contract/history.ts";
import { joinRuns, RecordedStrips } from "../../web/lib/recorded-strips.ts";
import type { StripRun } from "../../web/lib/strip-history.ts";
import { parseStripRange, stepStripRange } from "../../web/lib/strip-range.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { AGREE_UP } from "../support/sample-interval.ts";

const NOW = Date.UTC(2026, 10, 22, 10, 0, 0);
const HOUR = 3_600_000;
const iso = (ms: number): string => new Date(ms).toISOString();

const UP_FOR_AN_HOUR: HistoryInterval = { ...AGREE_UP, from: iso(NOW - HOUR), to: iso(NOW) };

function historyOf(key: string, intervals: readonly HistoryInterval[]): ServerHistory {
  return {
    version: 1,
    key,
    from: iso(NOW - HOUR),
    to: iso(NOW),
    thinned: false,
    reloads: [iso(NOW - HOUR / 2)],
    intervals,
  };
}

/** Strips whose requests a test answers. */
function setUp(range = "1h", changedAt = Number.NaN) {
  const clock = new FakeClock(0, NOW);
  const requests: {
    key: string;
    from: number;
    to: number;
    signal: AbortSignal;
    answer: (of?: HistoryInterval[]) => Promise<void>;
    fail: () => Promise<void>;
  }[] = [];
  const strips = new RecordedStrips(
    parseStripRange(range),
    (key, from, to, signal) =>
      new Promise((resolve, reject) =>
        requests.push({
          key,
          from,
          to,
          signal,
          answer: async (intervals = [UP_FOR_AN_HOUR]) => {
            resolve(historyOf(key, intervals));
            await clock.advance(0);
          },
          fail: async () => {
            reject(new Error("503"));
            await clock.advance(0);
          },
        }),
      ),
    clock,
    () => clock.wall(),
    () => changedAt,
  );
  return { clock, strips, requests, keys: () => requests.map(({ key }) => key) };
}

describe("recorded strips", () => {
  test("are loaded when they become visible, over the range of the page, and once", async () => {
    const { strips, requests } = setUp();
    strips.show("a");
    strips.show("a");
    expect(requests).toMatchObject([{ key: "a", from: NOW - HOUR, to: NOW }]);
    await requests[0]?.answer();
    expect(strips.strip("a")).toEqual({
      until: NOW,
      reloads: [NOW - HOUR / 2],
      runs: [
        {
          at: NOW - HOUR,
          haproxy: "up",
          probe: "up",
          verdict: "agree-up",
          expected: false,
          words: "HAProxy UP L4OK, haprobe 200",
        },
      ],
    });
    strips.show("a");
    expect(requests).toHaveLength(1);
  });

  test("are loaded four at a time, the last that became visible first, and not after they were scrolled away", async () => {
    const { strips, requests, keys } = setUp();
    const hide = ["a", "b", "c", "d", "e", "f", "g"].map((key) => strips.show(key));
    expect(keys()).toEqual(["a", "b", "c", "d"]);
    hide[6]?.();
    await requests[0]?.answer();
    expect(keys()).toEqual(["a", "b", "c", "d", "f"]);
    await requests[1]?.answer();
    await requests[2]?.answer();
    expect(keys()).toEqual(["a", "b", "c", "d", "f", "e"]);
  });

  test("are loaded again for another range, and answers for the one before are dropped", async () => {
    const { strips, requests } = setUp();
    strips.show("a");
    strips.setRange(parseStripRange("7d"));
    expect(requests).toMatchObject([{ signal: { aborted: true } }, { from: NOW - 168 * HOUR }]);
    await requests[0]?.answer();
    expect(strips.strip("a")).toBeNull();
    await requests[1]?.answer();
    expect(strips.strip("a")).not.toBeNull();
  });

  test("of a server that changed shortly before are loaded once more, when the store has what came before that", async () => {
    const { strips, requests, clock } = setUp("1h", NOW - 300);
    const FALSE_UP: HistoryInterval = { ...UP_FOR_AN_HOUR, verdict: "false-up", phase: "confirmed" };
    const hide = strips.show("a");
    strips.show("b")();
    await requests[0]?.answer();
    await requests[1]?.answer();
    await clock.advance(5_000);
    expect(requests).toMatchObject([{ key: "a" }, { key: "b" }, { key: "a", to: NOW + 5_000 }]);
    expect(strips.strip("a")?.until, "the strip stays until then").toBe(NOW);
    await requests[2]?.answer([FALSE_UP]);
    expect(strips.strip("a")?.runs).toMatchObject([{ verdict: "false-up" }]);
    await clock.advance(60_000);
    expect(requests).toHaveLength(3);
    strips.setRange(parseStripRange("6h"));
    await requests[3]?.answer();
    hide();
    await clock.advance(5_000);
    expect(requests, "not one that is out of view").toHaveLength(4);
  });

  test("that could not be loaded are tried again while they are visible", async () => {
    const { strips, requests, clock } = setUp();
    const hide = strips.show("a");
    await requests[0]?.fail();
    await clock.advance(10_000);
    expect(requests).toHaveLength(2);
    hide();
    await requests[1]?.fail();
    await clock.advance(10_000);
    expect(requests).toHaveLength(2);
  });

  test("have what was not recorded as absent in both lanes, and an expected mismatch as such", async () => {
    const { strips, requests } = setUp();
    strips.show("a");
    await requests[0]?.answer([
      { ...UP_FOR_AN_HOUR, verdict: "unknown", reason: "not-recorded", haproxy: null, probe: null },
      {
        ...UP_FOR_AN_HOUR,
        verdict: "false-up",
        phase: "confirmed",
        expected: true,
        probe: { outcome: "failed", httpStatus: 500 },
      },
    ]);
    expect(strips.strip("a")?.runs).toMatchObject([
      { haproxy: "absent", probe: "absent", verdict: "unknown" },
      { haproxy: "up", probe: "down", verdict: "false-up", expected: true },
    ]);
  });
});

describe("what was recorded and what the page has seen", () => {
  const run = (at: number, verdict: StripRun["verdict"] = "agree-up"): StripRun => ({
    at,
    haproxy: "up",
    probe: "up",
    verdict,
    expected: false,
  });
  const words = (runs: readonly StripRun[] | null) => runs?.map(({ at, verdict }) => [at, verdict]);

  test("follow each other: the page's runs count from shortly before the strip was loaded", () => {
    const recorded = { until: 100_000, runs: [run(0), run(40_000, "false-up"), run(60_000)] };
    const seen = [run(60_000), run(98_000, "suspected"), run(120_000, "false-up")];
    expect(words(joinRuns(recorded, seen))).toEqual([
      [0, "agree-up"],
      [40_000, "false-up"],
      [60_000, "agree-up"],
      [95_000, "agree-up"],
      [98_000, "suspected"],
      [120_000, "false-up"],
    ]);
  });

  test("are the page's alone before the strip is loaded", () => {
    const seen = [run(60_000)];
    expect(joinRuns(null, seen)).toBe(seen);
  });

  test("are the page's alone where nothing was recorded at all", () => {
    const seen = [run(60_000)];
    const nothing: StripRun = { ...run(0), haproxy: "absent", probe: "absent", verdict: "unknown" };
    expect(joinRuns({ until: 100_000, runs: [nothing] }, seen)).toBe(seen);
  });

  test("have to be loaded again where the page no longer has what came right after", () => {
    expect(joinRuns({ until: 100_000, runs: [run(0)] }, [run(130_000)])).toBeNull();
  });
});

describe("ranges", () => {
  test("are known by their id; any other is the last hour", () => {
    expect(parseStripRange("30d").ms).toBe(720 * HOUR);
    expect([parseStripRange(null).id, parseStripRange("2y").id]).toEqual(["1h", "1h"]);
  });

  test("have a next one up to the last", () => {
    expect(stepStripRange(parseStripRange("15m"), 1).id).toBe("1h");
    expect(stepStripRange(parseStripRange("15m"), -1).id).toBe("15m");
    expect(stepStripRange(parseStripRange("30d"), 1).id).toBe("30d");
  });
});
