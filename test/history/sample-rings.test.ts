import { expect, test } from "vitest";
import { BOUNDS } from "../../server/bounds.ts";
import type { ServerSample } from "../../server/contract/series.ts";
import { SampleRings } from "../../server/history/sample-rings.ts";

function sampleOf(key: string, checkMs: number): ServerSample {
  return { key, probe: null, checkMs, sessionsTotal: null, responses5xx: null } as ServerSample;
}

function fill(rings: SampleRings, at: number, samples: readonly ServerSample[]): void {
  rings.begin(at);
  for (const sample of samples) rings.add(sample);
  rings.end();
}

const valuesOf = (rings: SampleRings, key: string): number[][] =>
  [...rings.read(key, 0, 10_000)].map(({ values }) => [...values].filter((value) => !Number.isNaN(value)));

test("a server in the place of one that left has none of its samples", () => {
  const rings = new SampleRings();
  fill(rings, 1_000, [sampleOf("a", 1), sampleOf("b", 2)]);
  fill(rings, 2_000, [sampleOf("b", 3)]);
  fill(rings, 3_000, [sampleOf("b", 4), sampleOf("c", 5)]);
  expect(valuesOf(rings, "a")).toEqual([]);
  expect(valuesOf(rings, "b")).toEqual([[2], [3], [4]]);
  expect(valuesOf(rings, "c")).toEqual([[], [], [5]]);
});

test("servers share large blocks, which the allocator gives back whole: 20,000 small ones left 56 MB of holes", () => {
  const rings = new SampleRings();
  const keys = Array.from({ length: 200 }, (_, n) => `s${n}`);
  fill(
    rings,
    1_000,
    keys.map((key) => sampleOf(key, 1)),
  );
  const blocks = new Set(keys.flatMap((key) => [...rings.read(key, 0, 10_000)].map(({ values }) => values.buffer)));
  expect(blocks.size).toBeLessThan(5);
  for (const { byteLength } of blocks) expect(byteLength).toBeGreaterThan(128 * 1_024);
});

test("the values of one pass lie together: memory is touched as passes come", () => {
  const rings = new SampleRings();
  const samples = Array.from({ length: 64 }, (_, n) => sampleOf(`s${n}`, 1));
  fill(rings, 1_000, samples);
  const offsets = samples.flatMap(({ key }) => [...rings.read(key, 0, 10_000)].map(({ values }) => values.byteOffset));
  expect(Math.max(...offsets) - Math.min(...offsets)).toBeLessThan(1_024);
});

test("servers beyond the limit have no samples", () => {
  const rings = new SampleRings();
  fill(
    rings,
    1_000,
    Array.from({ length: BOUNDS.seriesServersMax + 5 }, (_, n) => sampleOf(`s${n}`, 1)),
  );
  expect(rings.size).toBe(BOUNDS.seriesServersMax);
});
