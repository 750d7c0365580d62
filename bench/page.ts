import { DashboardBrowser } from "../test/browser/dashboard-browser.ts";
import { measureUsefulPaint, SpeedTab } from "../test/browser/page-speed.ts";
import { RealFleet } from "../test/browser/real-fleet.ts";
import { type BenchCase, type Measurement, percentile, summarize } from "./measurement.ts";
import type { Scale } from "./scale.ts";
import type { Section } from "./section.ts";

const CHANGES_PER_SECOND = 500;
const OPENINGS = 3;
const TYPED = "web-01";
/** HAProxy's stats page takes 40 s with 10,000 servers. */
const STATS_PAGE_MS = 120_000;

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
    for (let n = 0; n < OPENINGS; n += 1) paints.push(await measureUsefulPaint(browser, haprobe.url));
    const figures = [
      summarize("useful paint", "ms", paints, "1,500"),
      ...(await watchOverview(browser, haprobe, pageMs)),
      ...(await scrollTable(browser, haprobe, pageMs)),
    ];
    const { page: stats } = await browser.open(fleet.statsPage, { waitFor: "table.tbl", timeoutMs: STATS_PAGE_MS });
    const read = await stats.evaluate<number>("performance.getEntriesByType('navigation')[0].domComplete");
    await stats.context().close();
    figures.push(summarize("HAProxy's stats page until it is read", "ms", [read]));
    return { situation: `${servers.toLocaleString("en-US")} servers`, figures };
  } finally {
    await stop();
  }
}

/** What the overview costs while its servers change, how late a change is painted, and how late a key. */
async function watchOverview(
  browser: DashboardBrowser,
  haprobe: { readonly url: string },
  pageMs: number,
): Promise<Measurement[]> {
  await using tab = await SpeedTab.open(browser, haprobe);
  const heapBefore = await tab.measureHeap();
  const cores = await tab.measureCores(pageMs);
  const grown = (await tab.measureHeap()) - heapBefore;
  return [
    summarize("of a core, all processes of the browser", "%", [cores * 100], "60"),
    summarize("heap grown", "MB", [grown]),
    ...late("from sending a change to its frame, p95", await tab.measurePaints(pageMs), 0.95, "150"),
    ...late("from a key to its frame, p98", await tab.measureKeys(TYPED, pageMs), 0.98, "100"),
  ];
}

/** How late the rows of the table follow when it is scrolled. */
async function scrollTable(
  browser: DashboardBrowser,
  haprobe: { readonly url: string },
  pageMs: number,
): Promise<Measurement[]> {
  await using tab = await SpeedTab.open(browser, haprobe, "servers?q=w-");
  return late("from a scroll to its frame, p98", await tab.measureScrolls(pageMs / 2), 0.98, "100");
}

function late(what: string, samples: readonly number[], share: number, aim: string): Measurement[] {
  return samples.length === 0 ? [] : [summarize(what, "ms", [percentile(samples, share)], aim)];
}
