import { afterAll, beforeAll, expect, test } from "vitest";
import { AGREE_UP } from "../support/sample-interval.ts";
import { healthyApiserver, sampleInstance, sampleServer } from "../web/sample-fleet.ts";
import { DashboardBrowser } from "./dashboard-browser.ts";
import { isReadBackAdvice, notches, redPart } from "./strip-pixels.ts";

let browser: DashboardBrowser;
beforeAll(async () => {
  browser = await DashboardBrowser.launch();
});
afterAll(() => browser?.[Symbol.asyncDispose]());

const HOUR = 3_600_000;
const iso = (ms: number): string => new Date(ms).toISOString();
const FALSE_UP: typeof AGREE_UP = {
  ...AGREE_UP,
  verdict: "false-up",
  phase: "confirmed",
  probe: { outcome: "failed", httpStatus: 500 },
};

test("a strip shows what was before the page was opened, over the range that is chosen", async () => {
  const now = Date.now();
  const server = healthyApiserver(now, { since: iso(now - 20 * 60_000) });
  await using feed = await browser.serve([server], [sampleInstance(now)]);
  // Red from 40 to 30 minutes ago.
  feed.intervalsOf = (_key, { from, to }) => {
    const end = Date.parse(to);
    const edges = [Date.parse(from), end - 40 * 60_000, end - 30 * 60_000, end].map((at) =>
      Math.max(Date.parse(from), at),
    );
    return [AGREE_UP, FALSE_UP, AGREE_UP]
      .map((state, place) => ({ ...state, from: iso(edges[place] ?? 0), to: iso(edges[place + 1] ?? 0) }))
      .filter((interval) => interval.from < interval.to);
  };
  const { page, messages } = await browser.open(`${feed.url}?q=lb-1&range=15m`);
  await expect.poll(() => feed.historiesAsked).toEqual([server.key]);
  expect(await redPart(page, server.key)).toBeNull();
  await page.keyboard.press("]");
  await expect.poll(() => redPart(page, server.key)).not.toBeNull();
  const red = await redPart(page, server.key);
  expect(red?.from).toBeCloseTo(20 / 60, 1);
  expect(red?.to).toBeCloseTo(30 / 60, 1);
  await expect.poll(() => new URL(page.url()).search).toBe("?q=lb-1");
  await page.getByRole("button", { name: "6h" }).click();
  await expect.poll(async () => (await redPart(page, server.key))?.from).toBeGreaterThan(0.8);
  expect(await page.getByRole("columnheader", { name: "Last 6 hours" }).count()).toBe(1);
  const colourOf = (pressed: boolean): Promise<string> =>
    page.evaluate(`getComputedStyle(document.querySelector('.range[aria-pressed="${pressed}"]')).backgroundColor`);
  expect(await page.getByRole("button", { name: "6h", pressed: true }).count()).toBe(1);
  expect(await colourOf(true)).not.toBe(await colourOf(false));
  await page.reload();
  await expect.poll(async () => (await redPart(page, server.key))?.from).toBeGreaterThan(0.8);
  expect(messages.filter((message) => !isReadBackAdvice(message))).toEqual([]);
  await page.context().close();
});

test("reloads of past days have a notch each, which the pointer names with its day", async () => {
  const now = Date.now();
  const server = healthyApiserver(now, { since: iso(now - 20 * 24 * HOUR) });
  await using feed = await browser.serve([server], [sampleInstance(now, { startedAt: iso(now - 24 * HOUR) })]);
  feed.intervalsOf = (_key, range) => [{ ...AGREE_UP, ...range }];
  feed.reloads = [6, 3, 1].map((days) => iso(now - days * 24 * HOUR));
  const { page } = await browser.open(`${feed.url}?q=lb-1&range=7d`);
  await expect.poll(async () => (await notches(page, server.key)).length).toBe(3);
  const places = await notches(page, server.key);
  for (const [n, days] of [6, 3, 1].entries()) expect(places[n]).toBeCloseTo(1 - days / 7, 2);
  const strip = page.locator(`[data-key="${server.key}"] canvas`);
  const box = await strip.boundingBox();
  await page.mouse.move((box?.x ?? 0) + (places[0] ?? 0) * (box?.width ?? 0), (box?.y ?? 0) + 8);
  const day = new Date(now - 6 * 24 * HOUR).toLocaleDateString("en-GB", { day: "numeric", month: "short" });
  await expect
    .poll(() => page.locator(".strip-tooltip").innerText())
    .toMatch(new RegExp(`started or reloaded .*${day}`));
  await page.context().close();
});

test("a change is appended to what was recorded", async () => {
  const now = Date.now();
  const server = healthyApiserver(now, { since: iso(now - HOUR) });
  await using feed = await browser.serve([server], [sampleInstance(now)]);
  feed.intervalsOf = (_key, range) => [{ ...AGREE_UP, ...range }];
  const { page } = await browser.open(`${feed.url}?q=lb-1`);
  await expect.poll(() => feed.historiesAsked).toEqual([server.key]);
  expect(await redPart(page, server.key)).toBeNull();
  const since = iso(Date.now());
  feed.publish([
    { ...server, verdict: "false-up", phase: "confirmed", since, probe: { ...server.probe, outcome: "failed" } },
  ]);
  await expect.poll(async () => (await redPart(page, server.key))?.from).toBeGreaterThan(0.95);
  await page.context().close();
});

test("only the strips in view are loaded, of a thousand servers, whose count has its comma", async () => {
  const now = Date.now();
  const servers = Array.from({ length: 1_000 }, (_, n) => sampleServer(now, { server: `web-${n}` }));
  await using feed = await browser.serve(servers, [sampleInstance(now)]);
  const { page } = await browser.open(`${feed.url}?q=lb-1`);
  await expect.poll(() => page.locator(".filters-count").textContent()).toBe("1,000 of 1,000 servers");
  await expect.poll(() => feed.historiesAsked.length).toBeGreaterThan(5);
  await page.waitForLoadState("networkidle");
  expect(feed.historiesAsked.length).toBeLessThan(60);
  const before = new Set(feed.historiesAsked);
  await page.evaluate("window.scrollTo(0, document.body.scrollHeight)");
  await expect.poll(() => feed.historiesAsked.some((key) => !before.has(key))).toBe(true);
  expect(feed.historiesAsked.length).toBe(new Set(feed.historiesAsked).size);
  await page.context().close();
});
