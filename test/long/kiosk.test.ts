import { expect, test } from "vitest";
import { DashboardBrowser } from "../browser/dashboard-browser.ts";
import { falseUpApiserver, sampleInstance, sampleServer } from "../web/sample-fleet.ts";

const BACKENDS = 60;

test("a wall screen turns the pages of its backends, and nothing else", { timeout: 60_000 }, async () => {
  const now = Date.now();
  const servers = Array.from({ length: BACKENDS }, (_, n) => sampleServer(now, { backend: `backend-${n}` }));
  await using browser = await DashboardBrowser.launch();
  await using feed = await browser.serve([...servers, falseUpApiserver(now)], [sampleInstance(now)]);
  const { page, messages } = await browser.open(`${feed.url}?kiosk=1`, {
    width: 2560,
    height: 1440,
    waitFor: ".kiosk-backends > *",
  });
  const text = (selector: string): Promise<string> => page.locator(selector).innerText();
  expect(await text(".kiosk-foot")).toMatch(/page \d+ of ([2-9]|\d\d)/);
  const [band, counters, backends] = [await text("h1"), await text(".kiosk-counters"), await text(".kiosk-backends")];
  await expect.poll(() => text(".kiosk-backends"), { timeout: 20_000 }).not.toBe(backends);
  expect([await text("h1"), await text(".kiosk-counters")]).toEqual([band, counters]);
  expect(await page.locator(".kiosk-line").count()).toBe(1);
  expect(messages).toEqual([]);
  await page.context().close();
});
