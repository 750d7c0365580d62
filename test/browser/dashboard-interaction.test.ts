import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ServerStatus } from "../../server/contract/status.ts";
import {
  falseUpApiserver,
  healthyApiserver,
  sampleInstance,
  sampleServer,
  sampleServers,
} from "../web/sample-fleet.ts";
import { DashboardBrowser } from "./dashboard-browser.ts";

let browser: DashboardBrowser;
beforeAll(async () => {
  browser = await DashboardBrowser.launch();
}, 60_000);
afterAll(() => browser?.[Symbol.asyncDispose]());

const instances = (now: number) => [
  sampleInstance(now),
  sampleInstance(now, { name: "lb-2", stats: "unix:/run/lb-2.sock" }),
];
const webServers = (now: number, count: number): ServerStatus[] =>
  Array.from({ length: count }, (_, n) =>
    sampleServer(now, { server: `web-${n}`, backend: `be-${Math.floor(n / 10)}`, address: `10.0.1.1:${10_000 + n}` }),
  );
const firstKey = (page: Page) => page.locator("[data-key]").first();
/** Part of an element that is inside the viewport and below the sticky heads, 0 … 1. */
const visiblePart = (page: Page, selector: string): Promise<number> =>
  page.evaluate(`(() => {
    const node = document.querySelector(${JSON.stringify(selector)});
    if (node === null) return 0;
    const { top, bottom } = node.getBoundingClientRect();
    return Math.max(0, Math.min(bottom, innerHeight) - Math.max(top, 80)) / (bottom - top);
  })()`);

test("the table is sorted again after every verdict change, also after two within a second", async () => {
  const now = Date.now();
  await using feed = await browser.serve(webServers(now, 40), instances(now));
  const { page } = await browser.open(feed.url);
  const change = (n: number, phase: "suspected" | "confirmed"): void =>
    feed.publish([
      sampleServer(Date.now(), {
        server: `web-${n}`,
        backend: `be-${Math.floor(n / 10)}`,
        verdict: "false-up",
        phase,
        probe: { outcome: "failed" },
      }),
    ]);
  for (const n of [39, 25, 12]) {
    change(n, "suspected");
    await page.locator(`[data-key$="/web-${n}"] >> text=Suspected`).waitFor();
    change(n, "confirmed");
    await expect
      .poll(() => firstKey(page).getAttribute("data-key"), { timeout: 5_000 })
      .toBe(`lb-1/be-${Math.floor(n / 10)}/web-${n}`);
  }
  await page.context().close();
});

test.each([40, 1_000])(
  "a server's drawer and its row are in view when its address is opened, among %d",
  async (count) => {
    const now = Date.now();
    const falseUp = falseUpApiserver(now, { backend: "zz" });
    await using feed = await browser.serve([...webServers(now, count), falseUp], instances(now));
    for (const key of [`lb-1/be-${count / 10 - 1}/web-${count - 1}`, "lb-1/be-2/web-25", falseUp.key]) {
      for (const address of [`servers/${key}`, `?open=${key}`]) {
        const { page } = await browser.open(`${feed.url}${address}`);
        await page.getByRole("complementary", { name: `Server ${key}` }).waitFor();
        expect(new URL(page.url()).pathname).toBe(`/servers/${key}`);
        await expect.poll(() => visiblePart(page, ".drawer-sentence")).toBe(1);
        await expect.poll(() => visiblePart(page, `[data-key="${key}"]`)).toBe(1);
        await page.context().close();
      }
    }
  },
);

test("a search that leaves a hundred rows renders only those near the viewport", async () => {
  const now = Date.now();
  await using feed = await browser.serve(webServers(now, 1_000), instances(now));
  const { page } = await browser.open(feed.url);
  await page.getByRole("searchbox").fill("web-1");
  await expect.poll(() => page.locator(".filters-count").textContent()).toMatch(/^1\d\d of 1,000 servers$/);
  expect(await page.locator("[data-key]").count()).toBeLessThan(60);
  await page.context().close();
});

test("the Evidence button opens the server's drawer, while servers change", async () => {
  const now = Date.now();
  await using feed = await browser.serve(
    [...webServers(now, 1_000), falseUpApiserver(now, { backend: "zz" })],
    instances(now),
  );
  const { page } = await browser.open(feed.url);
  const timer = setInterval(() => feed.publish(webServers(Date.now(), 5)), 20);
  await page.getByRole("button", { name: "Evidence" }).click();
  await page.getByRole("region", { name: "Mitigate" }).waitFor();
  expect(new URL(page.url()).pathname).toBe("/servers/lb-1/zz/cp-2");
  clearInterval(timer);
  await page.context().close();
});

test("the head of a group sticks above its rows, also among 1,000 servers", async () => {
  const now = Date.now();
  await using feed = await browser.serve(webServers(now, 1_000), instances(now));
  const { page } = await browser.open(feed.url);
  await page.evaluate("window.scrollTo(0, 20000)");
  await page.locator(".row-position-sticky").waitFor();
  const isHeadOfRow = `(() => {
    const at = (y) => document.elementFromPoint(300, y)?.closest("[data-group], [data-key]")?.dataset;
    return at(96)?.group !== undefined && at(130)?.key?.startsWith(at(96).group + "/") === true;
  })()`;
  await expect.poll(() => page.evaluate(isHeadOfRow)).toBe(true);
  await page.context().close();
});

test("the theme is toggled without an error of the browser, and counts have a comma", async () => {
  const now = Date.now();
  await using feed = await browser.serve(webServers(now, 1_000), instances(now));
  const { page, messages } = await browser.open(feed.url);
  await page.keyboard.press("t");
  await page.locator("html[data-mantine-color-scheme=dark]").waitFor();
  expect(messages).toEqual([]);
  expect(await page.locator(".filters-count").textContent()).toBe("1,000 of 1,000 servers");
  await page.context().close();
});

test("a search that matches nothing and then something keeps the focus", async () => {
  const now = Date.now();
  await using feed = await browser.serve(webServers(now, 40), instances(now));
  const { page } = await browser.open(feed.url);
  await page.keyboard.press("j");
  await page.keyboard.press("/");
  await page.keyboard.type("web-12x");
  await page.getByText("No server matches.").waitFor();
  await page.keyboard.press("Backspace");
  await page.locator('[data-key$="/web-12"]').waitFor();
  await page.keyboard.type("p");
  expect(await page.getByRole("searchbox").inputValue()).toBe("web-12p");
  await page.context().close();
});

test("without a secure context Copy puts the command alone into the clipboard", async () => {
  const now = Date.now();
  await using feed = await browser.serve([healthyApiserver(now), falseUpApiserver(now)], instances(now));
  const { page } = await browser.open(feed.url);
  await page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })");
  await page.evaluate(
    "document.addEventListener('copy', (event) => { window.copied = getSelection().toString() || document.activeElement.value; })",
  );
  await page
    .getByRole("button", { name: /^Copy: set server/ })
    .first()
    .click();
  await page.getByRole("button", { name: /^Copied/ }).waitFor();
  expect(await page.evaluate("window.copied")).toBe("set server k8s-api/cp-2 state drain");
  await page.context().close();
});

test("text selected elsewhere does not block a click on a row", async () => {
  const now = Date.now();
  await using feed = await browser.serve([healthyApiserver(now), falseUpApiserver(now)], instances(now));
  const { page } = await browser.open(feed.url);
  await page.evaluate("getSelection().selectAllChildren(document.querySelector('h1'))");
  await page.locator('[data-key="lb-1/k8s-api/cp-2"] canvas').click();
  await expect.poll(() => page.getByRole("complementary").count()).toBe(1);
  await page.context().close();
});

test("a counter that filters the table brings the table into view", async () => {
  const now = Date.now();
  const falseUps = Array.from({ length: 6 }, (_, n) =>
    falseUpApiserver(now, { server: `cp-${n}`, address: `10.0.0.${n}:6443` }),
  );
  await using feed = await browser.serve([...sampleServers(now), ...falseUps], instances(now));
  const { page } = await browser.open(feed.url);
  await page.getByRole("button", { name: /Unknown/ }).click();
  await firstKey(page).waitFor();
  await expect.poll(() => visiblePart(page, "[data-key]")).toBe(1);
  await page.context().close();
});

test("Escape inside a drawer closes it and returns the focus to its row; back opens it again", async () => {
  const now = Date.now();
  await using feed = await browser.serve([healthyApiserver(now), falseUpApiserver(now)], instances(now));
  const { page } = await browser.open(feed.url);
  await page.locator('[data-key="lb-1/k8s-api/cp-2"]').click();
  await page.getByRole("region", { name: "Response body" }).locator("pre").focus();
  await page.keyboard.press("Escape");
  await expect.poll(() => page.locator('[data-key="lb-1/k8s-api/cp-2"]:focus').count()).toBe(1);
  expect(await page.getByRole("complementary").count()).toBe(0);
  await page.goBack();
  await page.getByRole("complementary").waitFor();
  await page.goForward();
  await expect.poll(() => page.getByRole("complementary").count()).toBe(0);
  await page.context().close();
});
