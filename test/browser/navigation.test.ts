import { afterAll, beforeAll, expect, test } from "vitest";
import { sampleInstance, sampleServers } from "../web/sample-fleet.ts";
import { DashboardBrowser } from "./dashboard-browser.ts";
import type { FakeDashboardServer } from "./fake-dashboard-server.ts";

let browser: DashboardBrowser;
let server: FakeDashboardServer;
beforeAll(async () => {
  browser = await DashboardBrowser.launch();
  server = await browser.serve(sampleServers(Date.now()), [sampleInstance(Date.now())]);
}, 60_000);
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await browser?.[Symbol.asyncDispose]();
});

test("each page has its own address: by link, by key, back and forward, and opened at once", async () => {
  const { page, messages } = await browser.open(server.url);
  const current = () => page.locator(".top-page[aria-current]").innerText();
  await page.getByRole("link", { name: /^Incidents/ }).click();
  await expect.poll(current).toMatch(/^Incidents/);
  expect(new URL(page.url()).pathname).toBe("/incidents");
  await page.keyboard.press("g");
  await page.keyboard.press("s");
  await expect.poll(current).toBe("Servers");
  await page.goBack();
  await expect.poll(current).toMatch(/^Incidents/);
  await page.goForward();
  await expect.poll(current).toBe("Servers");
  await page.goto(`${server.url}servers/lb-1/k8s-api/cp-2`);
  await page.locator("[data-key]").first().waitFor();
  expect(await current()).toBe("Servers");
  await page.goto(`${server.url}incidents/0199?x=1`);
  await expect.poll(current).toMatch(/^Incidents/);
  await page.getByRole("link", { name: "Overview" }).click();
  await expect.poll(() => new URL(page.url()).pathname).toBe("/");
  // There is no such incident.
  expect(messages.filter((message) => !/status of 404/.test(message))).toEqual([]);
  await page.context().close();
});

test("the words are never wider than the window; a phone has them at the bottom", async () => {
  const { page } = await browser.open(server.url);
  for (const width of [2560, 1440, 1024, 768, 600, 390]) {
    await page.setViewportSize({ width, height: 900 });
    const overflow = await page.evaluate<number>("document.documentElement.scrollWidth - innerWidth");
    const bar = await page.evaluate<number>(
      "(() => { const bar = document.querySelector('.top-bar'); return bar.scrollWidth - bar.clientWidth; })()",
    );
    expect([width, overflow, bar]).toEqual([width, 0, 0]);
  }
  await page.getByRole("button", { name: "More", exact: true }).click();
  await page.getByRole("link", { name: "Settings" }).click();
  await expect.poll(() => new URL(page.url()).pathname).toBe("/settings");
  expect(await page.getByRole("link", { name: "Numbers" }).count()).toBe(0);
  await page.context().close();
});
