import { expect, test } from "vitest";
import { type StripRun, StripHistory, stripState } from "../../web/lib/strip-history.ts";
import { axisTicks, type StripViewport, layoutStripMarks } from "../../web/lib/strip-marks.ts";
import { falseUpApiserver, sampleServer } from "./sample-fleet.ts";

const NOW = Date.UTC(2026, 10, 22, 13, 7, 33);
const iso = (ms: number): string => new Date(ms).toISOString();
/** 100 s on 100 px, one second each. */
const VIEWPORT: StripViewport = { width: 100, height: 22, scale: 1, from: 0, to: 100_000 };
const agreeUp: Omit<StripRun, "at"> = { haproxy: "up", probe: "up", verdict: "agree-up", expected: false };
const falseUp: Omit<StripRun, "at"> = { haproxy: "up", probe: "down", verdict: "false-up", expected: false };

test("the first run starts at the server's `since`; later ones start when they are recorded", () => {
  const history = new StripHistory();
  history.record(sampleServer(NOW, { since: iso(NOW - 60_000) }), NOW);
  history.record(sampleServer(NOW, { since: iso(NOW - 60_000), haproxy: { sessionsCurrent: 9 } }), NOW + 1_000);
  history.record(
    sampleServer(NOW, {
      since: iso(NOW + 2_000),
      verdict: "false-up",
      phase: "settling",
      probe: { outcome: "failed" },
    }),
    NOW + 2_300,
  );
  const runs = history.runs("lb-1/shop-web/web-01");
  expect(runs.map((run) => [run.at - NOW, run.verdict])).toEqual([
    [-60_000, "agree-up"],
    [2_000, "suspected"],
  ]);
});

test("a `since` in the future is clamped to now", () => {
  const history = new StripHistory();
  history.record(sampleServer(NOW, { since: iso(NOW + 99_000) }), NOW);
  expect(history.runs("lb-1/shop-web/web-01")[0]?.at).toBe(NOW);
});

test("the newest 400 runs are kept", () => {
  const history = new StripHistory();
  const flip = (n: number) =>
    history.record(
      sampleServer(NOW, { since: iso(NOW + n * 60_000), verdict: n % 2 === 0 ? "agree-up" : "agree-down" }),
      NOW + n * 60_000,
    );
  for (let n = 0; n <= 500; n += 1) flip(n);
  const runs = history.runs("lb-1/shop-web/web-01");
  expect([runs.length, runs.at(-1)?.at]).toEqual([400, NOW + 500 * 60_000]);
});

test("of all servers together a bounded number of runs is kept, the newest ones of each", () => {
  const history = new StripHistory();
  const keys = Array.from({ length: 500 }, (_, n) => sampleServer(NOW, { server: `web-${n}` }));
  for (let turn = 0; turn <= 300; turn += 1) {
    const verdict = turn % 2 === 0 ? "agree-up" : "agree-down";
    const at = NOW + turn * 60_000;
    for (const server of keys) history.record({ ...server, since: iso(at), verdict }, at);
  }
  const kept = keys.map(({ key }) => history.runs(key));
  const total = kept.reduce((sum, runs) => sum + runs.length, 0);
  expect(total).toBeLessThanOrEqual(100_500);
  expect(total).toBeGreaterThan(50_000);
  expect(new Set(kept.map((runs) => runs.at(-1)?.at))).toEqual(new Set([NOW + 300 * 60_000]));
});

test("each lane shows the state of its side", () => {
  expect(stripState(falseUpApiserver(NOW))).toMatchObject({ haproxy: "up", probe: "down" });
  const lanes = (part: Parameters<typeof sampleServer>[1]) => {
    const { haproxy, probe } = stripState(sampleServer(NOW, part));
    return `${haproxy} ${probe}`;
  };
  expect(lanes({ haproxy: { status: "UP 2/3" } })).toBe("counting up");
  expect(lanes({ haproxy: { status: "no check" } })).toBe("up up");
  expect(lanes({ verdict: "unknown", reason: "haproxy-stale" })).toBe("stale up");
  expect(lanes({ verdict: "unknown", reason: "prober-blind", probe: { outcome: "failed" } })).toBe("up unknown");
  expect(lanes({ verdict: "out-of-service", probe: { outcome: "skipped" } })).toBe("off absent");
});

test("a false-up is thin in HAProxy's lane and full height in haprobe's", () => {
  const marks = layoutStripMarks([{ at: 0, ...falseUp }], [], VIEWPORT);
  expect(marks).toEqual([
    { shape: "fill", colourToken: "false-up-tint", x: 0, y: 0, width: 100, height: 22 },
    { shape: "fill", colourToken: "false-up-fill", x: 0, y: 10, width: 100, height: 2 },
    { shape: "fill", colourToken: "agree-up-fill", x: 0, y: 7, width: 100, height: 3 },
    { shape: "fill", colourToken: "false-up-fill", x: 0, y: 12, width: 100, height: 10 },
  ]);
});

test("while HAProxy is silent nothing has the colour of agreement", () => {
  const silent: Omit<StripRun, "at"> = { haproxy: "stale", probe: "up", verdict: "unknown", expected: false };
  const colours = layoutStripMarks([{ at: 0, ...silent }], [], VIEWPORT).map(({ colourToken }) => colourToken);
  expect(colours).toEqual(["unknown-fill", "unknown-fill"]);
});

test("what is so now has the last pixel, however short it is", () => {
  const runs: StripRun[] = [
    { at: 0, ...agreeUp },
    { at: 99_900, haproxy: "stale", probe: "up", verdict: "unknown", expected: false },
  ];
  const last = layoutStripMarks(runs, [], VIEWPORT).filter(({ x, width }) => x + width === VIEWPORT.width);
  expect(last.map(({ x, colourToken }) => [x, colourToken])).toEqual([
    [99, "unknown-fill"],
    [99, "unknown-fill"],
  ]);
});

test("a short mismatch is at least two pixels wide and wins over the runs around it", () => {
  const runs: StripRun[] = [
    { at: 0, ...agreeUp },
    { at: 50_000, ...falseUp },
    { at: 50_010, ...agreeUp },
  ];
  const red = layoutStripMarks(runs, [], VIEWPORT).filter((mark) => mark.colourToken === "false-up-tint");
  expect(red.map(({ x, width }) => ({ x, width }))).toEqual([{ x: 50, width: 2 }]);
});

test("the time before the first run and each gap is dotted", () => {
  const marks = layoutStripMarks([{ at: 20_000, ...agreeUp }], [{ from: 60_000, to: 70_000 }], VIEWPORT);
  const dots = marks.filter((mark) => mark.shape === "dots").map(({ x, width }) => [x, width]);
  expect(dots).toEqual([
    [0, 20],
    [60, 10],
  ]);
  expect(
    marks.filter((mark) => mark.colourToken === "agree-up-fill" && mark.y < 10).map(({ x, width }) => [x, width]),
  ).toEqual([
    [20, 40],
    [70, 30],
  ]);
});

test("what was not recorded is dotted, and hides no mismatch within its pixel", () => {
  const absent: Omit<StripRun, "at"> = { haproxy: "absent", probe: "absent", verdict: "unknown", expected: false };
  const runs: StripRun[] = [
    { at: 0, ...absent },
    { at: 20_000, ...agreeUp },
    { at: 60_000, ...falseUp },
    { at: 60_100, ...absent },
    { at: 60_900, ...agreeUp },
  ];
  const marks = layoutStripMarks(runs, [], VIEWPORT);
  expect(marks.filter((mark) => mark.shape === "dots").map(({ x, width }) => [x, width])).toEqual([[0, 20]]);
  expect(marks.filter((mark) => mark.colourToken === "false-up-tint").map(({ x, width }) => [x, width])).toEqual([
    [60, 2],
  ]);
});

test("an expected mismatch keeps its shape as an outline", () => {
  const marks = layoutStripMarks([{ at: 0, ...falseUp, expected: true }], [], VIEWPORT);
  expect(marks.map((mark) => [mark.shape, mark.colourToken])).toEqual([
    ["fill", "agree-up-fill"],
    ["outline", "false-up-fill"],
  ]);
});

test("the time without a connection is a gap", () => {
  const history = new StripHistory();
  history.startGap(5_000);
  history.startGap(6_000);
  history.endGap(9_000);
  expect(history.gaps).toEqual([{ from: 5_000, to: 9_000 }]);
});

test("ticks are at round times", () => {
  expect(axisTicks(61_000, 200_000, 60_000)).toEqual([120_000, 180_000]);
  const [hour, day] = [3_600_000, 86_400_000];
  expect(axisTicks(0, day, day, 2 * hour)).toEqual([22 * hour]);
});
