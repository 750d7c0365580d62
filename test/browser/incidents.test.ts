import { afterAll, beforeAll, expect, test } from "vitest";
import { sampleIncident } from "../support/sample-incident.ts";
import { healthyApiserver, sampleInstance } from "../web/sample-fleet.ts";
import { DashboardBrowser } from "./dashboard-browser.ts";

const DAY_MS = 86_400_000;

let browser: DashboardBrowser;
beforeAll(async () => {
  browser = await DashboardBrowser.launch();
});
afterAll(() => browser?.[Symbol.asyncDispose]());

test("older incidents follow page by page, and a day in the address ends the list there", async () => {
  const now = Date.now();
  await using feed = await browser.serve([healthyApiserver(now)], [sampleInstance(now)]);
  // One each twelve hours, two pages and a half.
  feed.incidents = Array.from({ length: 125 }, (_, n) => {
    const at = new Date(now - n * (DAY_MS / 2)).toISOString();
    return sampleIncident(now, {
      id: `incident-${n}`,
      state: "ended",
      end: "agreed",
      suspectedAt: at,
      confirmedAt: at,
      endedAt: at,
    });
  });
  const { page, messages } = await browser.open(`${feed.url}incidents`, { waitFor: ".incident-row" });
  const count = (): Promise<number> => page.locator(".incident-row").count();
  await expect.poll(count).toBe(50);
  const older = page.getByRole("button", { name: "Older incidents" });
  await older.click();
  await expect.poll(count).toBe(100);
  await older.click();
  await expect.poll(count).toBe(125);
  await older.waitFor({ state: "detached" });

  const day = new Date(now - 20 * DAY_MS).toISOString().slice(0, 10);
  await page.getByLabel("Until").fill(day);
  await expect.poll(() => new URL(page.url()).search).toBe(`?until=${day}`);
  const newest = page.locator(".incident-since").first();
  await expect.poll(async () => ((await newest.getAttribute("title")) ?? "").slice(0, 10)).toBe(day);
  await older.click();
  await expect.poll(count).toBeGreaterThan(80);
  await page.goBack();
  await expect.poll(() => new URL(page.url()).search).toBe("");
  await expect.poll(async () => ((await newest.getAttribute("title")) ?? "").slice(0, 10)).not.toBe(day);
  expect(messages).toEqual([]);
  await page.context().close();
});
