import { expect, test } from "vitest";
import { DashboardBrowser } from "../browser/dashboard-browser.ts";
import { startControlPlane, waitForVerdicts } from "../http/control-plane.ts";
import { startHaprobe } from "../support/haprobe-cli.ts";

const TICKING_MS = 60_000;
/** What moved without an action of a person: where it is, what it says, and how far it moved. */
const OBSERVE = `(() => {
  window.shifts = [];
  const nameOf = (node) => (node?.className ?? node?.parentElement?.className) + ": " + node?.textContent.slice(0, 40);
  new PerformanceObserver((list) => {
    for (const { hadRecentInput, sources } of list.getEntries()) {
      if (hadRecentInput) continue;
      window.shifts.push(sources.map(({ node, previousRect: from, currentRect: to }) =>
        nameOf(node) + " by " + (to.x - from.x) + ", " + (to.y - from.y)).join("; "));
    }
  }).observe({ type: "layout-shift", buffered: false });
})()`;

test.each(["", "servers", "servers/lb-1/k8s-api/cp-2"])(
  "nothing on the page /%s moves while numbers tick for a minute",
  async (path) => {
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
  },
);
