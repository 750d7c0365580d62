import { expect, test } from "vitest";
import type { HistoryInterval } from "../../server/contract/history.ts";
import type { ServerSeries } from "../../server/contract/series.ts";
import { chartPoints, describeRange, isInFalseUp, shadedTimes } from "../../web/lib/chart-data.ts";
import { AGREE_UP } from "../support/sample-interval.ts";
import { serverChanges } from "../../web/lib/server-changes.ts";
import { rowCommand, socketCommand } from "../../web/lib/stats-socket.ts";
import { selectionAfterKey, selectionOfDrag } from "../../web/lib/strip-selection.ts";

const T0 = Date.UTC(2026, 10, 27, 14);
const iso = (second: number): string => new Date(T0 + second * 1_000).toISOString();
const interval = (from: number, to: number, part: Partial<HistoryInterval> = {}): HistoryInterval => ({
  from: iso(from),
  to: iso(to),
  ...AGREE_UP,
  ...part,
});
const falseUp = (from: number, to: number, phase: "suspected" | "confirmed"): HistoryInterval =>
  interval(from, to, { verdict: "false-up", phase });

test("a mismatch is shaded from its first failed probe to its end, and one that was never confirmed not at all", () => {
  const times = shadedTimes([
    interval(0, 10),
    falseUp(10, 11, "suspected"),
    interval(11, 20),
    falseUp(20, 22, "suspected"),
    falseUp(22, 30, "confirmed"),
    falseUp(30, 40, "confirmed"),
    interval(40, 50),
    interval(50, 60, { verdict: "false-up", phase: "confirmed", expected: true }),
  ]);
  expect(times).toEqual([{ from: T0 + 20_000, to: T0 + 40_000, verdict: "false-up" }]);
  expect([19, 20, 39, 40].map((second) => isInFalseUp(times, T0 + second * 1_000))).toEqual([false, true, true, false]);
});

test("a step without a value stays a gap of the chart", () => {
  const series = { from: iso(0), stepMs: 5_000, series: { probeMs: [3.9, null, 12.3] } } as unknown as ServerSeries;
  const points = chartPoints(series, "probeMs");
  expect(points).toEqual([
    { x: T0 + 2_500, y: 3.9 },
    { x: T0 + 7_500, y: null },
    { x: T0 + 12_500, y: 12.3 },
  ]);
  const format = (value: number): string => `${value} ms`;
  expect(describeRange(points, format)).toBe("3.9 ms to 12.3 ms");
  expect(describeRange(points.slice(1, 2), format)).toBeNull();
});

test("changes are those of the verdict, newest first; evidence alone makes none", () => {
  const counted = { haproxy: { status: "UP 2/3", checkStatus: "L4CON", checkCode: null } } as const;
  const changes = serverChanges([interval(0, 10), interval(10, 20, counted), falseUp(20, 30, "confirmed")]);
  expect(changes.map(({ from, to, interval: { verdict } }) => [from - T0, to - T0, verdict])).toEqual([
    [20_000, 30_000, "false-up"],
    [0, 20_000, "agree-up"],
  ]);
});

test.each([
  ["unix:/run/haproxy/admin.sock", "echo 'show info' | socat stdio unix-connect:/run/haproxy/admin.sock"],
  ["unix-master:/run/master.sock", "echo '@1 show info' | socat stdio unix-connect:/run/master.sock"],
  ["tcp://10.0.0.1:9999", "echo 'show info' | socat stdio tcp:10.0.0.1:9999"],
  ["http://127.0.0.1:8404/stats", null],
  ["unix:/run/it's.sock", null],
  ["unix:/run/a;reboot.sock", null],
])("a command for the stats address %s is %s", (stats, command) => {
  expect(socketCommand("show info", stats)).toBe(command);
});

test("no command has a name that a shell or HAProxy would interpret", () => {
  expect(rowCommand("k8s-api", "cp-2", "unix:/run/a.sock")).toContain("grep -E '^(#|k8s-api,cp-2,)'");
  expect(rowCommand("k8s-api", "cp-2'; reboot", "unix:/run/a.sock")).toBeNull();
});

test("a drag selects a part of the strip's time, a click none", () => {
  const range = { from: 1_000, to: 2_000 };
  expect(selectionOfDrag(0.75, 0.25, 400, range)).toEqual({ from: 1_250, to: 1_750 });
  expect(selectionOfDrag(0.5, 0.505, 400, range)).toBeNull();
});

test("arrows select the end of the strip, move the selection within it, and change its length with Shift", () => {
  const range = { from: 1_000, to: 2_000 };
  const last = selectionAfterKey("ArrowLeft", false, null, range);
  expect(last).toEqual({ from: 1_800, to: 2_000 });
  expect(selectionAfterKey("ArrowLeft", false, last, range)).toEqual({ from: 1_750, to: 1_950 });
  expect(selectionAfterKey("ArrowRight", false, last, range)).toEqual(last);
  expect(selectionAfterKey("ArrowLeft", true, last, range)).toEqual({ from: 1_800, to: 1_950 });
});
