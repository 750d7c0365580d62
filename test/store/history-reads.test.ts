import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { BOUNDS } from "../../server/bounds.ts";
import { SERIES } from "../../server/contract/series.ts";
import type { SeriesPoint, Store, StoredEvent } from "../../server/contract/store.ts";
import { createHistoryReader } from "../../server/history/history-reader.ts";
import { openStore } from "../../server/store/open-store.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { type StoreEngine, storeEngines, type TestDatabase } from "../support/store-engines.ts";
import {
  batch,
  batchOf,
  CP_1,
  CP_2,
  EXPECTED_UP,
  FALSE_UP,
  incident,
  incidentWrite,
  position,
  reloaded,
  T0,
  verdict,
} from "./sample-batches.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

describe.each(storeEngines())("the past in $name", (engine) => {
  // It says in its name what is missing.
  describe.skipIf(engine.missing !== null)(`is read as it was written${engine.missing ?? ""}`, () => {
    pastIn(engine);
  });
});

function pastIn(engine: StoreEngine): void {
  let database: TestDatabase;
  let store: Store;
  let seq = 0;

  beforeEach(async () => {
    database = await engine.createDatabase();
    store = await openStore(database.location);
    seq = 0;
  });
  afterEach(async () => {
    await store.close();
    await database[Symbol.asyncDispose]();
  });
  afterAll(() => engine.end());

  /** The next event, `at` seconds after T0. */
  const run = (type: "started" | "heartbeat", at: number): StoredEvent => ({
    type,
    seq: (seq += 1),
    at: T0 + at * SECOND,
    heardBefore: null,
  });
  const judged = (at: number, fields: Parameters<typeof verdict>[1] = {}): StoredEvent => {
    const time = T0 + at * SECOND;
    return verdict((seq += 1), { at: time, beganAt: time, ...fields });
  };
  const removed = (at: number): StoredEvent => ({
    type: "server-removed",
    seq: (seq += 1),
    at: T0 + at * SECOND,
    server: CP_1,
    address: null,
  });

  /** haprobe runs for 100 s, stands still for 20 s, and runs for 80 s more. CP_1 fails for 10 s, CP_2 not at all. */
  const record = async (): Promise<void> => {
    await store.commit(
      batchOf([
        run("started", 0),
        judged(1),
        judged(2, { server: CP_2 }),
        judged(30, { judgement: { ...FALSE_UP, phase: "suspected" } }),
        judged(31, { judgement: FALSE_UP, beganAt: T0 + 30 * SECOND }),
        judged(40),
        run("heartbeat", 100),
        run("started", 120),
        judged(121),
        judged(122, { server: CP_2 }),
        judged(150, { judgement: EXPECTED_UP }),
        run("heartbeat", 200),
      ]),
    );
  };
  const reader = () => createHistoryReader(store, new FakeClock(0, T0 + DAY));
  const range = (from: number, to: number) => ({ from: T0 + from * SECOND, to: T0 + to * SECOND });

  describe("the history of a server", () => {
    test("has every change, and what was not recorded between two runs", async () => {
      await record();
      const { intervals, thinned } = await reader().history(CP_1, range(0, 240), 240);
      const seconds = (iso: string): number => (Date.parse(iso) - T0) / SECOND;
      expect(thinned).toBe(false);
      expect(
        intervals.map(({ from, to, verdict: it, phase, reason }) => [
          seconds(from),
          seconds(to),
          phase ?? reason ?? it,
        ]),
      ).toEqual([
        [0, 1, "not-recorded"],
        [1, 30, "agree-up"],
        [30, 31, "suspected"],
        [31, 40, "confirmed"],
        [40, 100, "agree-up"],
        [100, 120, "not-recorded"],
        [120, 150, "agree-up"],
        [150, 200, "agree-up"],
        [200, 240, "not-recorded"],
      ]);
      expect(intervals[3]).toMatchObject({
        sentence: FALSE_UP.sentence,
        haproxy: { status: "UP", checkStatus: "L4OK", checkCode: null },
        probe: { outcome: "failed", httpStatus: 500 },
        vantage: "host-a",
        address: { host: "10.0.0.11", port: 6443 },
      });
    });

    test("of two vantages is that of one after that of the other, each without gaps", async () => {
      const by = (vantage: string) => ({ vantage, logId: `log of ${vantage}`, writer: vantage });
      const events = (failsAt: number): StoredEvent[] => [
        { ...run("started", 0), seq: 1 },
        verdict(1, { seq: 2 }),
        verdict(failsAt, { seq: 3, judgement: FALSE_UP }),
        { ...run("heartbeat", 60), seq: 4 },
      ];
      for (const [vantage, failsAt] of [
        ["host-b", 20],
        ["host-a", 40],
      ] as const) {
        const source = position(1, 4, by(vantage));
        await store.commit({ source, events: events(failsAt), incidents: [], outbox: [], timers: [], done: [] });
      }
      const { intervals } = await reader().history(CP_1, range(10, 60), 240);
      const seconds = (iso: string): number => (Date.parse(iso) - T0) / SECOND;
      expect(intervals.map(({ vantage, from, to }) => [vantage, seconds(from), seconds(to)])).toEqual([
        ["host-a", 10, 40],
        ["host-a", 40, 60],
        ["host-b", 10, 20],
        ["host-b", 20, 60],
      ]);
    });

    test("has the reloads of its HAProxy within the range, the newest of them", async () => {
      const changed = (at: number, fields: Parameters<typeof reloaded>[2] = {}) =>
        reloaded((seq += 1), T0 + at * SECOND, fields);
      await store.commit(
        batchOf([
          run("started", 0),
          judged(1),
          changed(5),
          changed(30, { epoch: null, error: "HAPROBE_STATS_UNREACHABLE" }),
          changed(40),
          changed(50, { instance: "lb-2" }),
          changed(60, { site: "ams" }),
          changed(90),
          run("heartbeat", 100),
        ]),
      );
      const reloadsOf = async (from: number, to: number) =>
        (await reader().history(CP_1, range(from, to), 240)).reloads.map((at) => (Date.parse(at) - T0) / SECOND);
      expect(await reloadsOf(0, 100)).toEqual([5, 40, 90]);
      expect(await reloadsOf(40, 90)).toEqual([40]);
      await store.commit(batchOf(Array.from({ length: BOUNDS.reloadsMax - 1 }, (_, n) => changed(100 + n))));
      expect((await reloadsOf(0, 99 + BOUNDS.reloadsMax)).slice(0, 2)).toEqual([90, 100]);
    });

    test("of an unknown server is one interval that was not recorded", async () => {
      await record();
      const { intervals } = await reader().history({ ...CP_1, server: "cp-9" }, range(0, 9), 240);
      expect(intervals).toMatchObject([{ reason: "not-recorded", haproxy: null }]);
    });
  });

  describe("the fleet at a past moment", () => {
    test("is what held then, with the begin of the verdict", async () => {
      await record();
      const { servers, summary } = await reader().fleetAt(T0 + 35 * SECOND);
      expect(servers).toMatchObject([
        { key: "lb-1/k8s-api/cp-1", verdict: "false-up", phase: "confirmed", since: "2026-11-27T03:00:30.000Z" },
        { key: "lb-1/k8s-api/cp-2", verdict: "agree-up", haproxy: { status: "UP" }, probe: { httpStatus: 200 } },
      ]);
      expect(summary).toMatchObject({ servers: 2, confirmed: 1 });
    });

    test("lies between two changes, whichever server they are of", async () => {
      await record();
      const secondsOf = (time: string | null): number | null =>
        time === null ? null : (Date.parse(time) - T0) / SECOND;
      const besideOf = async (at: number) => {
        const { before, after } = await reader().changesBeside(T0 + at * SECOND);
        return [secondsOf(before), secondsOf(after)];
      };
      expect(await besideOf(35)).toEqual([31, 40]);
      expect(await besideOf(31)).toEqual([30, 40]);
      expect(await besideOf(1.5)).toEqual([1, 2]);
      expect(await besideOf(0)).toEqual([null, 1]);
      expect(await besideOf(10_000)).toEqual([150, null]);
    });

    test("was not recorded between two runs, and has no server before the first", async () => {
      await record();
      const between = await reader().fleetAt(T0 + 110 * SECOND);
      expect(between.servers.map(({ reason, since }) => [reason, since])).toEqual([
        ["not-recorded", "2026-11-27T03:01:40.000Z"],
        ["not-recorded", "2026-11-27T03:01:40.000Z"],
      ]);
      expect((await reader().fleetAt(T0 - 1)).servers).toEqual([]);
    });

    test("has no server that HAProxy had lost", async () => {
      await record();
      await store.commit(batchOf([removed(205), judged(215)]));
      const keysAt = async (at: number) =>
        (await reader().fleetAt(T0 + at * SECOND)).servers.map(({ server }) => server);
      expect(await keysAt(210)).toEqual(["cp-2"]);
      expect(await keysAt(215)).toEqual(["cp-1", "cp-2"]);
    });
  });

  describe("numbers", () => {
    test("are the times of each verdict, what was not recorded, and the incidents", async () => {
      await record();
      const write = incidentWrite(
        incident({ suspectedAt: T0 + 30 * SECOND, confirmedAt: T0 + 31 * SECOND, detectionLagMs: 9_000 }),
      );
      await store.commit(batch({ incidents: [write] }));
      const rows = await reader().numbers({ range: range(20, 180), by: "server", instance: null, backend: null });
      expect(rows).toMatchObject([
        {
          server: "cp-1",
          verdictMs: { "agree-up": 130 * SECOND, "false-up": 10 * SECOND, unknown: 0 },
          notRecordedMs: 20 * SECOND,
          falselyUpMinutes: 0.17,
          misrouted: 12,
          incidents: 1,
          worstDetectionLagMs: 9_000,
        },
        { server: "cp-2", verdictMs: { "agree-up": 140 * SECOND, "false-up": 0 }, incidents: 0, misrouted: 0 },
      ]);
    });

    test("are of the instances and backends that are asked for", async () => {
      await record();
      await store.commit(batchOf([judged(201, { server: { ...CP_1, instance: "lb-2", backend: "web" } })]));
      const names = async (instance: string[] | null, backend: string[] | null) => {
        const rows = await reader().numbers({ range: range(0, 300), by: "backend", instance, backend });
        return rows.map((row) => `${row.instance}/${row.backend}`);
      };
      expect(await names(null, null)).toEqual(["lb-1/k8s-api", "lb-2/web"]);
      expect(await names(["lb-2"], null)).toEqual(["lb-2/web"]);
      expect(await names(null, ["k8s-api"])).toEqual(["lb-1/k8s-api"]);
      expect(await names(["lb-2"], ["k8s-api"])).toEqual([]);
    });

    test("come in pages of servers, each once", async () => {
      const names = ["a", "b", "c"].map((server) => ({ ...CP_1, server }));
      await store.commit(batchOf([run("started", 0), ...names.map((server) => judged(1, { server }))]));
      const request = { ...range(0, 60), now: T0 + DAY, instance: null, backend: null, limit: 2 };
      const first = await store.verdictTimes({ ...request, cursor: null });
      const second = await store.verdictTimes({ ...request, cursor: first.next });
      expect([...first.rows, ...second.rows].map(({ server }) => server.server)).toEqual(["a", "b", "c"]);
      expect(second.next).toBeNull();
    });

    test("leave out a server that HAProxy did not have within the range", async () => {
      await store.commit(batchOf([run("started", 0), judged(1), removed(2), run("heartbeat", 90)]));
      const request = { now: T0 + DAY, instance: null, backend: null, limit: 9, cursor: null };
      expect((await store.verdictTimes({ ...range(10, 60), ...request })).rows).toEqual([]);
      expect((await store.verdictTimes({ ...range(0, 60), ...request })).rows).toMatchObject([
        { verdictMs: { "agree-up": SECOND }, notRecordedMs: 0 },
      ]);
    });
  });

  describe("series", () => {
    const point = (minute: number, probeMs: number, server = CP_1): SeriesPoint => ({
      server,
      at: T0 + minute * MINUTE,
      values: SERIES.map((name) => (name.startsWith("probe") ? probeMs : Number.NaN)),
    });
    const read = async (by: "minute" | "hour", from: number, to: number, server = CP_1) => {
      const points = await store.series({ server, from: T0 + from * MINUTE, to: T0 + to * MINUTE, by });
      return points.map(({ at, values }) => [(at - T0) / MINUTE, ...values.slice(0, 3)]);
    };
    const KEPT = { minutesKeptMs: 7 * DAY, hoursKeptMs: 400 * DAY };

    test("are read by the minute as they were offered, in the order of time", async () => {
      expect(store.offerSeries([point(1, 12.5), point(1, 3, CP_2)])).toBe(true);
      expect(store.offerSeries([point(0, 1.5)])).toBe(true);
      await expect
        .poll(() => read("minute", 0, 60))
        .toEqual([
          [0, 1.5, 1.5, Number.NaN],
          [1, 12.5, 12.5, Number.NaN],
        ]);
      expect(await read("minute", 0, 1, CP_2)).toEqual([]);
    });

    test("of full hours are joined, once, and the rest later", async () => {
      for (const [minute, probeMs] of [
        [0, 10],
        [59, 30],
        [60, 5],
        [121, 8],
      ] as const)
        store.offerSeries([point(minute, probeMs)]);
      await expect.poll(async () => (await read("minute", 0, 600)).length).toBe(4);
      await store.maintainSeries({ now: T0 + 125 * MINUTE, ...KEPT });
      await store.maintainSeries({ now: T0 + 126 * MINUTE, ...KEPT });
      expect(await read("hour", 0, 600)).toEqual([
        [0, 20, 30, Number.NaN],
        [60, 5, 5, Number.NaN],
      ]);
      await store.maintainSeries({ now: T0 + 30 * DAY, ...KEPT });
      expect((await read("hour", 0, 600)).at(-1)).toEqual([120, 8, 8, Number.NaN]);
    });

    test("are deleted after they were kept long enough", async () => {
      store.offerSeries([point(0, 1)]);
      store.offerSeries([point(1, 2)]);
      await expect.poll(async () => (await read("minute", 0, 60)).length).toBe(2);
      await store.maintainSeries({ now: T0 + 7 * DAY + MINUTE, ...KEPT });
      expect(await read("minute", 0, 60)).toEqual([[1, 2, 2, Number.NaN]]);
      await store.maintainSeries({ now: T0 + 401 * DAY, ...KEPT });
      expect([await read("minute", 0, 60), await read("hour", 0, 60)]).toEqual([[], []]);
    });
  });
}
