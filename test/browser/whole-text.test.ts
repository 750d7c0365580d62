import { afterAll, beforeAll, expect, test } from "vitest";
import { sampleInstance, sampleServer } from "../web/sample-fleet.ts";
import { DashboardBrowser } from "./dashboard-browser.ts";
import { clippedTexts } from "./page-queries.ts";

let browser: DashboardBrowser;
beforeAll(async () => {
  browser = await DashboardBrowser.launch();
});
afterAll(() => browser?.[Symbol.asyncDispose]());

const MIXED_NAMES = [
  "lb-1",
  "edge-frankfurt-production-01",
  "internal-gateway-of-payments-availability-zone-2",
  "haproxy.example.org",
  "dmz",
];

const DOWN = { status: "DOWN", usable: false, checkStatus: "L7STS", checkCode: 401, checkHealth: 0 } as const;

test("the top bar has the ages of as many HAProxies as there is room for, and the number of the others", async () => {
  const now = Date.now();
  const instances = MIXED_NAMES.map((name) => sampleInstance(now, { name }));
  await using feed = await browser.serve([sampleServer(now)], instances);
  const { page } = await browser.open(feed.url);
  for (const width of [2560, 1920, 1440, 1280]) {
    await page.setViewportSize({ width, height: 900 });
    const seen = (): Promise<string> =>
      page.evaluate(`(() => {
        const bar = document.querySelector(".top-status").getBoundingClientRect();
        const ages = [...document.querySelectorAll(".top-status .age")]
          .filter((age) => age.checkVisibility() && age.getBoundingClientRect().top < bar.bottom - 4)
          .map((age) => age.querySelector(".name").title);
        const others = ages.includes("probes") ? ${MIXED_NAMES.length} + 1 - ages.length : NaN;
        const more = [...document.querySelectorAll(".top-status > *")].find((node) => /^\\+\\d/.test(node.textContent));
        return others + " hidden, shown as " + (more?.textContent ?? "");
      })()`);
    await expect.poll(seen, { message: `${width} px` }).toMatch(/^([1-4]) hidden, shown as \+\1$/);
    const ages = ".top-status .age > .name .name-end, .top-status .age-value, .top-clock";
    await expect.poll(() => clippedTexts(page, ages), { message: `${width} px` }).toEqual([]);
  }
  await page.context().close();
});

test("what both sides say of a server is whole at every width", async () => {
  const now = Date.now();
  const down = sampleServer(now, {
    server: "web-02",
    verdict: "false-down",
    phase: "confirmed",
    reason: "haproxy-denied",
    haproxy: DOWN,
  });
  await using feed = await browser.serve([sampleServer(now), down], [sampleInstance(now)]);
  for (const path of ["servers?q=web", "?q=web"]) {
    const { page } = await browser.open(`${feed.url}${path}`, { waitFor: "[data-key]" });
    for (const width of [390, 600, 699, 700, 899, 900, 1199, 1200, 1440]) {
      await page.setViewportSize({ width, height: 900 });
      await expect.poll(() => clippedTexts(page, ".side-cell > *"), { message: `${path} ${width} px` }).toEqual([]);
    }
    await page.context().close();
  }
});

test("the names on a card are whole, of four servers too", async () => {
  const now = Date.now();
  const servers = [1, 2, 3, 4].map((n) =>
    sampleServer(now, {
      backend: "app",
      server: `app-${n}`,
      verdict: "false-down",
      phase: "confirmed",
      reason: "haproxy-denied",
      haproxy: DOWN,
    }),
  );
  const other = sampleServer(now, { server: "web-1", verdict: "false-up", phase: "confirmed" });
  await using feed = await browser.serve([...servers, other], [sampleInstance(now)]);
  const { page } = await browser.open(feed.url, { waitFor: ".card" });
  for (const width of [390, 1024, 1280, 1440, 1679, 1680, 2560]) {
    await page.setViewportSize({ width, height: 900 });
    await expect.poll(() => clippedTexts(page, ".card-head .truncate"), { message: `${width} px` }).toEqual([]);
  }
  await page.context().close();
});
