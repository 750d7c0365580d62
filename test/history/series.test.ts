import { describe, expect, test } from "vitest";
import { BOUNDS } from "../../server/bounds.ts";
import { SERIES, type ServerSample } from "../../server/contract/series.ts";
import type { SeriesPoint } from "../../server/contract/store.ts";
import { SampleRings } from "../../server/history/sample-rings.ts";
import { createSeriesReader } from "../../server/history/series-reader.ts";
import { SeriesRecorder } from "../../server/history/series-recorder.ts";
import { stepOf, toSteps } from "../../server/history/series-steps.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { CP_1 } from "./sample-entries.ts";

const MINUTE = 60_000;
const KEY = "lb-1/k8s-api/cp-1";

function sample(seq: number, more: Partial<ServerSample> = {}): ServerSample {
  const probe = { seq, durationMs: 12.3, connectMs: 0.3, tlsMs: 2.1, answerMs: 9.9 };
  return { ...CP_1, key: KEY, probe, checkMs: 4, sessionsTotal: seq * 10, responses5xx: seq, ...more };
}

/** Rings with one pass every 5 s for each of these lists of samples. */
function fill(passes: readonly (readonly ServerSample[])[]): SampleRings {
  const rings = new SampleRings();
  for (const [place, samples] of passes.entries()) {
    rings.begin(place * 5_000);
    for (const each of samples) rings.add(each);
    rings.end();
  }
  return rings;
}

const namedValues = (rings: SampleRings, key = KEY): Record<string, number>[] =>
  [...rings.read(key, 0, Number.MAX_VALUE)].map(({ values }) =>
    Object.fromEntries(SERIES.map((name, place) => [name, Number(values[place]?.toPrecision(3))])),
  );

describe("samples in memory", () => {
  test("are the newest probe, HAProxy's check, and counters as rates", () => {
    expect(namedValues(fill([[sample(1)], [sample(2)]])).at(-1)).toEqual({
      probeMs: 12.3,
      probeMaxMs: 12.3,
      connectMs: 0.3,
      tlsMs: 2.1,
      answerMs: 9.9,
      checkMs: 4,
      trafficPerSecond: 2,
      errorsPerSecond: 0.2,
    });
  });

  test("have no value where there was no new probe, where a counter went back, or at first sight", () => {
    const rows = namedValues(fill([[sample(5)], [sample(5, { sessionsTotal: 3, checkMs: null })]]));
    expect(rows[0]).toMatchObject({ probeMs: 12.3, trafficPerSecond: Number.NaN });
    expect(rows[1]).toMatchObject({ probeMs: Number.NaN, checkMs: Number.NaN, trafficPerSecond: Number.NaN });
  });

  test("of 15 minutes are kept, and of servers that are gone none", () => {
    const slots = BOUNDS.seriesRawMs / BOUNDS.seriesEveryMs;
    const rings = fill(Array.from({ length: 2 * slots }, (_, pass) => [sample(pass)]));
    expect([...rings.read(KEY, 0, Number.MAX_VALUE)].map(({ at }) => at)).toEqual(
      Array.from({ length: slots }, (_, place) => (slots + place) * 5_000),
    );
    rings.begin(2 * slots * 5_000);
    rings.end();
    expect([rings.size, namedValues(rings)]).toEqual([0, []]);
  });
});

describe("steps", () => {
  test("are multiples of the interval of the values, no more than points", () => {
    expect(stepOf({ from: 0, to: 900_000 }, 240, 5_000)).toBe(5_000);
    expect(stepOf({ from: 0, to: 900_000 }, 100, 5_000)).toBe(10_000);
    expect(stepOf({ from: 0, to: 7 * 1_440 * MINUTE }, 240, MINUTE)).toBe(42 * MINUTE);
  });

  test("have the mean, for the maximum the greatest, and null without a value", () => {
    const row = (probeMs: number): number[] => SERIES.map((name) => (name.startsWith("probe") ? probeMs : Number.NaN));
    const values = [10, 20, 60].map((probeMs, place) => ({ at: place * 10, values: row(probeMs) }));
    expect(toSteps(values, { from: 0, to: 60 }, 30)).toMatchObject({
      probeMs: [30, null],
      probeMaxMs: [60, null],
      checkMs: [null, null],
    });
  });
});

describe("the recorder", () => {
  function start(offerSeries: (points: readonly SeriesPoint[]) => boolean, servers = 1) {
    const clock = new FakeClock();
    const rings = new SampleRings();
    let seq = 0;
    const dropped: number[] = [];
    const maintained: object[] = [];
    const recorder = new SeriesRecorder({
      samples: () => {
        seq += 1;
        return Array.from({ length: servers }, (_, n) =>
          sample(seq, { key: n === 0 ? KEY : `lb-1/k8s-api/other-${n}` }),
        );
      },
      rings,
      store: {
        offerSeries,
        maintainSeries: async (request) => void maintained.push(request),
      },
      minutesKeptMs: 7 * 1_440 * MINUTE,
      hoursKeptMs: 400 * 1_440 * MINUTE,
      clock,
      onDropped: (count) => dropped.push(count),
      onError: (error) => {
        throw error;
      },
    });
    return { clock, rings, recorder, dropped, maintained };
  }

  test("offers the mean of each full minute, in portions", async () => {
    const offered: (readonly SeriesPoint[])[] = [];
    const { clock, recorder } = start((points) => offered.push(points) > 0, BOUNDS.seriesPortionRows + 1);
    for (let pass = 0; pass < 30; pass += 1) await clock.advance(BOUNDS.seriesEveryMs);
    recorder.stop();
    expect(clock.pending).toBe(0);
    const minutes = new Set(offered.flatMap((points) => points.map(({ at }) => at)));
    expect([...minutes].every((at) => at % MINUTE === 0)).toBe(true);
    expect(offered.map((points) => points.length)).toEqual([...minutes].flatMap(() => [BOUNDS.seriesPortionRows, 1]));
    expect(offered[0]?.[0]).toMatchObject({ server: CP_1 });
    expect(offered[0]?.[0]?.values[0]).toBeCloseTo(12.3, 1);
  });

  test("has the store join and delete after each full hour", async () => {
    const { clock, maintained, recorder } = start(() => true);
    for (let pass = 0; pass < 2 * 720 + 1; pass += 1) await clock.advance(BOUNDS.seriesEveryMs);
    recorder.stop();
    expect(maintained).toMatchObject([{ minutesKeptMs: 7 * 1_440 * MINUTE }, { hoursKeptMs: 400 * 1_440 * MINUTE }]);
  });

  test("counts what the store does not take, and goes on", async () => {
    const { clock, dropped, recorder } = start(() => false);
    for (let pass = 0; pass < 30; pass += 1) await clock.advance(BOUNDS.seriesEveryMs);
    recorder.stop();
    expect(dropped.length).toBeGreaterThanOrEqual(2);
    expect(new Set(dropped)).toEqual(new Set([1]));
  });
});

describe("a series", () => {
  const clock = new FakeClock();
  const points = [{ at: 0, values: SERIES.map(() => 1) }];

  test("of the last minutes is from memory, of days by minute, of weeks by hour", async () => {
    const asked: unknown[] = [];
    const rings = new SampleRings();
    rings.begin(clock.wall() - 1_000);
    rings.add(sample(1));
    const store = {
      async series({ by, from }: { by: string; from: number }) {
        asked.push(by);
        return points.map((point) => ({ ...point, at: from }));
      },
    };
    const reader = createSeriesReader(rings, store, 7 * 1_440 * MINUTE, clock);
    const read = (ageMs: number) => reader.series(CP_1, { from: clock.wall() - ageMs, to: clock.wall() }, 240);
    expect(await read(15 * MINUTE)).toMatchObject({ key: KEY, stepMs: 5_000 });
    expect(asked).toEqual([]);
    expect(await read(60 * MINUTE)).toMatchObject({ stepMs: MINUTE, series: { probeMs: { 0: 1 } } });
    expect(await read(30 * 1_440 * MINUTE)).toMatchObject({ stepMs: 3 * 60 * MINUTE });
    expect(asked).toEqual(["minute", "hour"]);
  });

  test("has no value for a server without one", async () => {
    const reader = createSeriesReader(new SampleRings(), null, 0, clock);
    const range = { from: clock.wall() - 10_000, to: clock.wall() };
    expect(await reader.series(CP_1, range, 240)).toMatchObject({
      series: { probeMs: [null, null], checkMs: [null, null] },
    });
  });
});
