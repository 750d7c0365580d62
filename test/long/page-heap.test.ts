import { expect, test } from "vitest";
import { DashboardBrowser } from "../browser/dashboard-browser.ts";
import { SpeedTab } from "../browser/page-speed.ts";
import { RealFleet } from "../browser/real-fleet.ts";

const SERVERS = 10_000;
const CHANGES_PER_SECOND = 500;
const EVERY_MS = 10_000;
/** Until then the strips fill up to their bound. */
const FILLED_AFTER_MS = 240_000;
const WATCHED_MS = 600_000;

test("the page's heap is flat over ten minutes of 500 changes a second among 10,000 servers", async () => {
  await using browser = await DashboardBrowser.launch({ isCompressed: true });
  await using fleet = await RealFleet.start(SERVERS);
  await using haprobe = await fleet.serve(browser.webRoot);
  const stop = fleet.churn(CHANGES_PER_SECOND);
  await using tab = await SpeedTab.open(browser, haprobe);
  const heaps: number[] = [];
  for (let at = 0; at < FILLED_AFTER_MS + WATCHED_MS; at += EVERY_MS) {
    await tab.page.waitForTimeout(EVERY_MS);
    if (at >= FILLED_AFTER_MS) heaps.push(await tab.measureHeap());
  }
  await stop();
  const half = heaps.length / 2;
  const [before, after] = [Math.max(...heaps.slice(0, half)), Math.max(...heaps.slice(half))];
  console.log(
    `heap of the page: at most ${before.toFixed(1)} MB in the first five minutes, ${after.toFixed(1)} MB in the others`,
  );
  expect(after).toBeLessThan(before * 1.05);
}, 1_200_000);
