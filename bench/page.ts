import { setTimeout as pause } from "node:timers/promises";
import type { Page } from "playwright-core";
import { DashboardBrowser } from "../test/browser/dashboard-browser.ts";
import { RealFleet } from "../test/browser/real-fleet.ts";
import { type BenchCase, type Measurement, percentile, summarize } from "./measurement.ts";
import type { Scale } from "./scale.ts";
import type { Section } from "./section.ts";

const CHANGES_PER_SECOND = 500;
const OPENINGS = 3;
const TYPED = "web-01";
const KEYS_EVERY_MS = 150;

/** The dashboard in chromium beside a real HAProxy whose servers change, and HAProxy's own stats page. */
export const page: Section = {
  title: `The dashboard's page, ${CHANGES_PER_SECOND} changes a second`,
  async run(scale, say) {
    await using browser = await DashboardBrowser.launch({ isCompressed: true });
    const cases: BenchCase[] = [];
    for (const servers of scale.pages) {
      say(`page: ${servers} servers`);
      cases.push(await measurePage(servers, browser, scale));
    }
    return cases;
  },
};

async function measurePage(servers: number, browser: DashboardBrowser, { pageMs }: Scale): Promise<BenchCase> {
  await using fleet = await RealFleet.start(servers);
  await using haprobe = await fleet.serve(browser.webRoot);
  const stop = fleet.churn(Math.min(CHANGES_PER_SECOND, servers));
  try {
    const paints: number[] = [];
    for (let n = 0; n < OPENINGS; n += 1) {
      const opened = await browser.open(haprobe.url, { script: BEFORE_PAGE });
      paints.push(await opened.page.evaluate<number>("window.usefulPaint"));
      await opened.page.context().close();
    }
    const { page: tab } = await browser.open(haprobe.url, { script: BEFORE_PAGE });
    const figures = [summarize("useful paint", "ms", paints, "1,500"), ...(await watch(tab, pageMs))];
    await tab.context().close();
    const { page: stats } = await browser.open(fleet.statsPage, { waitFor: "table.tbl" });
    const read = await stats.evaluate<number>("performance.getEntriesByType('navigation')[0].domComplete");
    await stats.context().close();
    figures.push(summarize("HAProxy's stats page until it is read", "ms", [read]));
    return { situation: `${servers.toLocaleString("en-US")} servers`, figures };
  } finally {
    await stop();
  }
}

/** What the page costs while its servers change, how late a change is painted, and how late a key. */
async function watch(tab: Page, pageMs: number): Promise<Measurement[]> {
  const cdp = await tab.context().newCDPSession(tab);
  await cdp.send("Performance.enable");
  const metric = async (name: string): Promise<number> => {
    const { metrics } = await cdp.send("Performance.getMetrics");
    return metrics.find((each) => each.name === name)?.value ?? 0;
  };
  await tab.evaluate(RECORD_PAINTS);
  await cdp.send("HeapProfiler.collectGarbage");
  const [heapBefore, busyBefore, from] = [
    await metric("JSHeapUsedSize"),
    await metric("TaskDuration"),
    performance.now(),
  ];
  await pause(pageMs);
  const busy = ((await metric("TaskDuration")) - busyBefore) / ((performance.now() - from) / 1_000);
  await cdp.send("HeapProfiler.collectGarbage");
  const grown = ((await metric("JSHeapUsedSize")) - heapBefore) / 1_000_000;
  const painted = await tab.evaluate<number[]>("window.painted");
  await tab.keyboard.press("/");
  for (let typed = 0; typed < pageMs; typed += TYPED.length * 2 * KEYS_EVERY_MS) {
    await tab.keyboard.type(TYPED, { delay: KEYS_EVERY_MS });
    for (const _ of TYPED) await tab.keyboard.press("Backspace", { delay: KEYS_EVERY_MS });
  }
  const keys = await tab.evaluate<number[]>("window.keys");
  return [
    summarize("of a core", "%", [busy * 100], "60"),
    summarize("heap grown", "MB", [grown], null),
    ...(painted.length === 0 ? [] : [summarize("a change painted, p95", "ms", [percentile(painted, 0.95)], "150")]),
    ...(keys.length === 0 ? [] : [summarize("a key painted, p98", "ms", [percentile(keys, 0.98)], "100")]),
  ];
}

/** Runs before the page: collects its WebSockets, and when the groups of the table were painted after the navigation. */
const BEFORE_PAGE = `(() => {
  window.openSockets = [];
  window.WebSocket = class extends WebSocket {
    constructor(...given) {
      super(...given);
      window.openSockets.push(this);
    }
  };
  window.usefulPaint = new Promise((resolve) =>
    new MutationObserver((_, observer) => {
      if (document.querySelector("[data-group]") === null) return;
      observer.disconnect();
      requestAnimationFrame(() => setTimeout(() => resolve(performance.now())));
    }).observe(document, { subtree: true, childList: true }));
})()`;

/** From a message to the frame that shows it, by the counters, and each key to its frame (at least 16 ms). */
const RECORD_PAINTS = `(() => {
  window.painted = [];
  window.keys = [];
  let arrivedAt = null;
  let counts = null;
  const counters = document.querySelector(".counters");
  const shown = () => {
    if (arrivedAt === null) return;
    const from = arrivedAt;
    arrivedAt = null;
    requestAnimationFrame(() => setTimeout(() => window.painted.push(performance.now() - from)));
  };
  new MutationObserver(shown).observe(counters, { subtree: true, childList: true, characterData: true });
  for (const socket of window.openSockets) {
    socket.addEventListener("message", ({ data }) => {
      // A message without other counts changes no counter.
      const [sent = null] = /"verdicts":{[^}]*}/.exec(data) ?? [];
      if (sent === null || sent === counts) return;
      if (counts !== null) arrivedAt ??= performance.now();
      counts = sent;
    });
  }
  new PerformanceObserver((list) => {
    for (const { name, duration } of list.getEntries()) if (name === "keydown") window.keys.push(duration);
  }).observe({ type: "event", durationThreshold: 16 });
})()`;
