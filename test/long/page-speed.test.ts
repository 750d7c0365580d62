import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { percentile } from "../../bench/measurement.ts";
import { DashboardBrowser } from "../browser/dashboard-browser.ts";
import { measureUsefulPaint, SpeedTab } from "../browser/page-speed.ts";
import { RealFleet } from "../browser/real-fleet.ts";
import type { Haprobe } from "../browser/real-haprobe.ts";

const CHANGES_PER_SECOND = 500;
const MEASURE_MS = 10_000;

let browser: DashboardBrowser;
beforeAll(async () => {
  browser = await DashboardBrowser.launch({ isCompressed: true });
});
afterAll(() => browser?.[Symbol.asyncDispose]());

describe.each([1_000, 10_000])("among %d servers with 500 changes a second", (size) => {
  let fleet: RealFleet;
  let haprobe: Haprobe;
  let stopChurn: () => Promise<void>;
  beforeAll(async () => {
    fleet = await RealFleet.start(size);
    haprobe = await fleet.serve(browser.webRoot);
    stopChurn = fleet.churn(CHANGES_PER_SECOND);
  });
  afterAll(async () => {
    await stopChurn?.();
    await haprobe?.[Symbol.asyncDispose]();
    await fleet?.[Symbol.asyncDispose]();
  });

  test("the table is painted within 1.5 s of the navigation", async () => {
    const paints = [];
    for (let opened = 0; opened < 3; opened += 1) paints.push(await measureUsefulPaint(browser, haprobe.url));
    expect(percentile(paints, 0.5)).toBeLessThan(1_500);
  });

  test("a change is painted within 150 ms of being sent (p95), by less than 60 % of a core", async () => {
    await using tab = await SpeedTab.open(browser, haprobe);
    expect(await tab.measureCores(MEASURE_MS)).toBeLessThan(0.6);
    expect(percentile(await tab.measurePaints(MEASURE_MS), 0.95)).toBeLessThan(150);
  });

  test("a key in the search is painted within 100 ms (p98)", async () => {
    await using tab = await SpeedTab.open(browser, haprobe);
    expect(percentile(await tab.measureKeys("web-01", MEASURE_MS), 0.98)).toBeLessThan(100);
  });

  test("the rows follow a scroll within 100 ms (p98)", async () => {
    await using tab = await SpeedTab.open(browser, haprobe, "servers?q=w-");
    expect(percentile(await tab.measureScrolls(MEASURE_MS), 0.98)).toBeLessThan(100);
  });
});
