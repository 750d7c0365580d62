import { describe, expect, test, vi } from "vitest";
import { percentile } from "../bench/measurement.ts";
import { STACK_PROGRAMS } from "../bench/stack-programs.ts";
import { renderReport } from "../bench/report.ts";
import { SCALES } from "../bench/scale.ts";
import { SectionSkipped } from "../bench/section.ts";
import { SECTION_NAMES, SECTIONS } from "../bench/sections.ts";

describe("every section of the bench runs and measures", () => {
  const quick = SECTION_NAMES.filter((name) => name !== "compare");

  test.each(quick)("%s", { timeout: 240_000 }, async (name) => {
    const rows = await SECTIONS[name].run(SCALES.tiny, () => {});
    expect(rows.length).toBeGreaterThan(0);
    for (const { figures } of rows) {
      expect(figures.length).toBeGreaterThan(0);
      for (const { low, median, high } of figures) expect(low <= median && median <= high).toBe(true);
    }
  });

  test("the comparison names missing programs", async () => {
    vi.stubEnv("PATH", "");
    try {
      await expect(SECTIONS.compare.run(SCALES.tiny, () => {})).rejects.toThrow(
        new SectionSkipped(`not installed: ${STACK_PROGRAMS.join(", ")} (Debian's packages of these names)`),
      );
    } finally {
      vi.unstubAllEnvs();
    }
  });
});

test("a percentile is a measured value, by nearest rank", () => {
  const samples = [5, 1, 4, 2, 3];
  expect([0, 0.2, 0.5, 0.95, 1].map((share) => percentile(samples, share))).toEqual([1, 1, 3, 5, 5]);
  expect(() => percentile([], 0.5)).toThrow("nothing was measured");
});

test("the report is a table below the machine, and names skipped sections", () => {
  const machine = {
    cpu: "CPU",
    cores: 2,
    memoryMiB: 4_096,
    kernel: "Linux 6",
    node: "26.10.0",
    haproxy: "2.6.12",
    load: 0.5,
    at: "2026-11-22T10:00:00.000Z",
  };
  const figure = { what: "CPU", unit: "ms" as const, median: 1_234.5, low: 1, high: 2_000, aim: "4 ms" };
  const text = renderReport(machine, [
    { name: "a", title: "A", rows: [{ situation: "10 servers", figures: [figure] }], skipped: null },
    { name: "b", title: "B", rows: [], skipped: "no such program" },
  ]);
  expect(text).toContain("2 cores of CPU, 4096 MiB, Linux 6; Node.js 26.10.0, HAProxy 2.6.12; load 0.50");
  expect(text).toContain("| 10 servers | CPU | 1,230 ms | 1 … 2,000 | 4 ms |");
  expect(text).toContain("## B\n\nSkipped: no such program");
});
