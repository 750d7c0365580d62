import { expect, test } from "vitest";
import { DashboardBrowser } from "../browser/dashboard-browser.ts";
import { startControlPlane, waitForVerdicts } from "../http/control-plane.ts";
import { startHaprobe } from "../support/haprobe-cli.ts";

const TICKING_MS = 60_000;
/** Score of each shift without an action of a person, and what moved. */
const OBSERVE = `(() => {
  window.shifts = [];
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      if (!entry.hadRecentInput) window.shifts.push([entry.value, entry.sources.map(({ node }) => node?.className ?? "")]);
    }
  }).observe({ type: "layout-shift", buffered: false });
})()`;

test.each(["", "servers"])("nothing on the page /%s moves while numbers tick for a minute", async (path) => {
  await using plane = await startControlPlane();
  await using haprobe = await startHaprobe(plane.args);
  await using browser = await DashboardBrowser.launch();
  await waitForVerdicts(haprobe.url, { "cp-1": "agree-up", "cp-2": "false-up confirmed" });
  const { page, messages } = await browser.open(`${haprobe.url}/${path}`);
  // What is loaded once, such as charts, has its place by then.
  await page.waitForTimeout(5_000);
  await page.evaluate(OBSERVE);
  await page.waitForTimeout(TICKING_MS);
  expect(await page.evaluate("window.shifts")).toEqual([]);
  expect(messages).toEqual([]);
});
