import { afterAll, beforeAll, expect, test } from "vitest";
import { falseUpApiserver, sampleInstance, sampleServer } from "../web/sample-fleet.ts";
import { DashboardBrowser } from "./dashboard-browser.ts";

const BACKENDS = 60;

let browser: DashboardBrowser;
beforeAll(async () => {
  browser = await DashboardBrowser.launch();
}, 60_000);
afterAll(() => browser?.[Symbol.asyncDispose]());

test("a wall screen is dark, fits its window, names a mismatch at once and hides the pointer", async () => {
  const now = Date.now();
  const servers = Array.from({ length: BACKENDS }, (_, n) => sampleServer(now, { backend: `backend-${n}` }));
  await using feed = await browser.serve(servers, [sampleInstance(now)]);
  const { page, messages } = await browser.open(`${feed.url}?kiosk=1`, {
    width: 2560,
    height: 1440,
    waitFor: ".kiosk-backends > *",
  });
  const attribute = "document.documentElement.getAttribute('data-mantine-color-scheme')";
  expect(await page.evaluate(attribute)).toBe("dark");
  expect(await page.getByRole("navigation").count()).toBe(0);
  expect(await page.locator(".kiosk-counter").count()).toBe(7);
  expect(await page.evaluate("document.documentElement.scrollHeight <= innerHeight")).toBe(true);

  const sentence = (): Promise<string | null> => page.locator("h1").textContent();
  expect(await sentence()).toContain("agree");
  const failing = ["a", "b", "c", "d", "e", "f", "g"].map((name, n) =>
    falseUpApiserver(now, {
      server: name,
      backend: `backend-${n}`,
      address: `10.0.0.${n}:6443`,
      subject: `10.0.0.${n}:6443`,
    }),
  );
  feed.publish(failing.slice(0, 1));
  await expect.poll(sentence).toBe("a is UP in HAProxy but failing /readyz (etcd)");
  feed.publish(failing.slice(1));
  await expect.poll(() => page.locator(".kiosk-line").count()).toBe(5);
  expect(await page.locator(".kiosk-more").textContent()).toBe("+2 more");

  await page.locator(".kiosk-idle").waitFor();
  await page.mouse.move(100, 100);
  await page.locator(".kiosk:not(.kiosk-idle)").waitFor();
  expect(messages).toEqual([]);
  await page.context().close();
}, 60_000);
