import { expect, test } from "vitest";
import { joinReloads, ReloadTimes } from "../../web/lib/reload-times.ts";
import { layoutReloadMarks } from "../../web/lib/strip-marks.ts";
import { stripSummary } from "../../web/lib/strip-summary.ts";
import type { StripRun } from "../../web/lib/strip-history.ts";

const NOON = new Date(2026, 10, 22, 12).getTime();
const run = (minute: number, verdict: StripRun["verdict"]): StripRun => ({
  at: NOON + minute * 60_000,
  haproxy: "up",
  probe: "up",
  verdict,
  expected: false,
});
const summary = (...runs: readonly StripRun[]): string => stripSummary(runs, NOON, NOON + 60 * 60_000);

test("a strip in words names each time at which HAProxy and haprobe did not agree", () => {
  expect(summary(run(-5, "agree-up"), run(26, "suspected"), run(27, "agree-up"), run(50, "false-up"))).toBe(
    "agreed except 12:26:00 for 1 min 00 s, Pending and since 12:50:00, False UP",
  );
  expect(summary(run(-5, "agree-up"))).toBe("agreed");
  expect(summary(run(-5, "agree-down"))).toBe("Down since 11:55:00");
  expect(summary()).toBe("nothing was recorded");
});

test("of many such times the newest three are named, and the others counted", () => {
  const flaps = Array.from({ length: 10 }, (_, n) => run(n, n % 2 === 0 ? "agree-up" : "suspected"));
  expect(summary(...flaps, run(11, "agree-up"))).toMatch(
    /^agreed except 2 earlier times, 12:05:00 for .* and 12:09:00/,
  );
});

test("a reload that was recorded and seen, or seen by two vantages, is one; others are kept in order", () => {
  expect(joinReloads([NOON + 60_000], [NOON, NOON + 61_000, NOON + 62_000, NOON + 70_000])).toEqual([
    NOON,
    NOON + 60_000,
    NOON + 70_000,
  ]);
  const everySecond = Array.from({ length: 13 }, (_, n) => NOON + n * 1_000);
  expect(joinReloads(everySecond)).toEqual([NOON, NOON + 6_000, NOON + 12_000]);
});

test("a start or reload of HAProxy within the strip is a notch of one pixel at its upper edge", () => {
  const viewport = { width: 600, height: 22, scale: 1, from: NOON, to: NOON + 600_000 };
  const reloads = new ReloadTimes();
  const startedAt = new Date(NOON + 300_000).toISOString();
  reloads.record([{ name: "lb-1", startedAt }]);
  reloads.record([{ name: "lb-1", startedAt }]);
  reloads.record([{ name: "lb-1", startedAt: new Date(NOON + 900_000).toISOString() }]);
  reloads.record([{ name: "lb-1", startedAt: null }]);
  expect(reloads.of("lb-1")).toEqual([NOON + 300_000, NOON + 900_000]);
  expect(layoutReloadMarks(reloads.of("lb-1"), viewport)).toEqual([
    { shape: "fill", colourToken: "text-3", x: 300, y: 0, width: 1, height: 4 },
  ]);
});
