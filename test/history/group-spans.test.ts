import { expect, test } from "vitest";
import { BOUNDS } from "../../server/bounds.ts";
import { groupSpans, spansOf } from "../../server/history/group-spans.ts";

const span = (site: string, vantage: string, from: number, to: number) => ({ site, vantage, from, to });
const NOW = 10 * BOUNDS.historyLiveEdgeMs;

test("two vantages of one name in two sites have times of their own", () => {
  const spans = groupSpans([span("fra", "lb-1", 0, 10), span("nyc", "lb-1", 20, 30), span("fra", "lb-1", 40, 50)], NOW);
  expect(spansOf(spans, { site: "fra", vantage: "lb-1" })).toEqual([
    { from: 0, to: 10 },
    { from: 40, to: 50 },
  ]);
  expect(spansOf(spans, { site: "nyc", vantage: "lb-1" })).toEqual([{ from: 20, to: 30 }]);
  expect(spansOf(spans, { site: "ams", vantage: "lb-1" })).toEqual([]);
});

test("a vantage that watches another site is known by its name, and one that still records does so until now", () => {
  const spans = groupSpans([span("fra", "lb-1", 0, NOW - BOUNDS.historyLiveEdgeMs)], NOW);
  expect(spansOf(spans, { site: "nyc", vantage: "lb-1" })).toEqual([{ from: 0, to: NOW }]);
});
