import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sampleInstance, sampleServer, sampleServers } from "../web/sample-fleet.ts";
import { DashboardBrowser } from "./dashboard-browser.ts";
import type { FakeDashboardServer } from "./fake-dashboard-server.ts";

let browser: DashboardBrowser;
let feed: FakeDashboardServer;
beforeAll(async () => {
  browser = await DashboardBrowser.launch();
  const now = Date.now();
  feed = await browser.serve(sampleServers(now), [sampleInstance(now), sampleInstance(now, { name: "lb-2" })]);
});
afterAll(async () => {
  await feed?.[Symbol.asyncDispose]();
  await browser?.[Symbol.asyncDispose]();
});

const search = (page: Page): string => new URL(page.url()).search;
const keys = (page: Page): Promise<string[]> =>
  page.locator("[data-key]").evaluateAll((rows) => rows.map((row) => row.getAttribute("data-key") ?? ""));

test("each filter and the sort is in the address, and back and forward undo and repeat it", async () => {
  const { page, messages } = await browser.open(`${feed.url}servers`);
  const steps: readonly (readonly [string, () => Promise<unknown>])[] = [
    ["?verdict=false-up", () => page.getByRole("button", { name: "False UP, 2" }).click()],
    ["", () => page.getByRole("button", { name: "Clear filters" }).click()],
    ["?problems=1", () => page.keyboard.press("p")],
    ["", () => page.keyboard.press("Escape")],
    [
      "?instance=lb-2",
      async () => {
        await page.getByRole("button", { name: "Instance" }).click();
        await page.getByRole("checkbox", { name: /^lb-2/ }).check();
        await page.keyboard.press("Escape");
      },
    ],
    [
      "?instance=lb-2&check=check-blind",
      async () => {
        await page.getByRole("button", { name: "Check", exact: true }).first().click();
        await page.getByRole("checkbox", { name: /^check-blind/ }).check();
        await page.keyboard.press("Escape");
      },
    ],
    ["?q=cp&instance=lb-2&check=check-blind", () => page.getByRole("searchbox").pressSequentially("cp")],
    [
      "?q=cp&instance=lb-2&check=check-blind&sort=-sessions",
      () => page.getByRole("button", { name: "Sessions" }).click(),
    ],
    [
      "?q=cp&instance=lb-2&check=check-blind&sort=-sessions&range=7d",
      () => page.getByRole("button", { name: "7d" }).click(),
    ],
  ];
  const seen: { readonly search: string; readonly rows: readonly string[] }[] = [];
  const expectRows = async (rows: readonly string[]): Promise<void> => {
    await expect.poll(() => keys(page)).toEqual(rows);
  };
  for (const [expected, act] of steps) {
    await act();
    await expect.poll(() => search(page)).toBe(expected);
    await page.locator('#servers[aria-busy="false"]').waitFor();
    seen.push({ search: expected, rows: await keys(page) });
  }
  expect(seen.at(-1)?.rows).toHaveLength(6);
  expect(seen.at(-1)?.rows.filter((key) => !/^lb-2.*cp-/.test(key))).toEqual([]);
  for (const { search: expected, rows } of seen.toReversed().slice(1)) {
    await page.goBack();
    await expect.poll(() => search(page)).toBe(expected);
    await expectRows(rows);
  }
  for (const { search: expected, rows } of seen.slice(1)) {
    await page.goForward();
    await expect.poll(() => search(page)).toBe(expected);
    await expectRows(rows);
  }
  await page.reload();
  await expectRows(seen.at(-1)?.rows ?? []);
  expect(await page.getByRole("columnheader", { name: "Sessions" }).getAttribute("aria-sort")).toBe("descending");
  expect(messages).toEqual([]);
  await page.context().close();
});

test("the density of the rows is chosen by key or menu, and stays after a reload", async () => {
  const { page, messages } = await browser.open(`${feed.url}servers`);
  const height = (): Promise<number> =>
    page.evaluate("document.querySelector('[data-key]').getBoundingClientRect().height");
  await expect.poll(height).toBe(32);
  await page.keyboard.press("d");
  await expect.poll(height).toBe(36);
  await page.reload();
  await expect.poll(height).toBe(36);
  await page.getByRole("button", { name: "View" }).click();
  await page.getByRole("radio", { name: "Compact rows" }).check();
  await expect.poll(height).toBe(28);
  expect(messages).toEqual([]);
  await page.context().close();
});

test("a drawer has its address: Escape, back and forward close and open it, and the focus returns to the row", async () => {
  const { page, messages } = await browser.open(`${feed.url}servers?q=cp`);
  const drawer = page.getByRole("complementary", { name: /^Server / });
  const path = (): string => new URL(page.url()).pathname;
  await page.locator('[data-key="lb-1/k8s-api/cp-2"]').click();
  await drawer.waitFor();
  await expect.poll(() => [path(), search(page)]).toEqual(["/servers/lb-1/k8s-api/cp-2", "?q=cp"]);
  const mitigate = drawer.getByRole("region", { name: "Mitigate" });
  await mitigate
    .getByText(`curl -sSig -k 'https://10.0.0.12:6443/readyz' --header "Authorization: Bearer $TOKEN"`)
    .waitFor();
  await page.locator('[data-key="lb-1/k8s-api/cp-1"]').click({ position: { x: 60, y: 16 } });
  await expect.poll(() => drawer.getAttribute("aria-label")).toBe("Server lb-1/k8s-api/cp-1");
  await page.goBack();
  await expect.poll(() => drawer.getAttribute("aria-label")).toBe("Server lb-1/k8s-api/cp-2");
  await page.goBack();
  await drawer.waitFor({ state: "detached" });
  await expect.poll(() => [path(), search(page)]).toEqual(["/servers", "?q=cp"]);
  await page.goForward();
  await drawer.waitFor();
  await page.keyboard.press("Escape");
  await drawer.waitFor({ state: "detached" });
  await expect.poll(() => [path(), search(page)]).toEqual(["/servers", "?q=cp"]);
  await expect.poll(() => page.evaluate("document.activeElement.dataset.key")).toBe("lb-1/k8s-api/cp-2");
  expect(messages).toEqual([]);
  await page.context().close();
});

test("a drag over the strip, or its arrow keys, select the time of charts and changes; Escape selects all of it", async () => {
  const { page, messages } = await browser.open(`${feed.url}servers/lb-1/k8s-api/cp-2`, { waitFor: ".brush-area" });
  const brush = page.getByRole("slider", { name: "Time of charts and changes" });
  const asked: string[] = [];
  page.on("request", (request) => {
    if (request.url().includes("/series?")) asked.push(request.url());
  });
  const secondsAsked = (): number => {
    const { searchParams } = new URL(asked.at(-1) ?? "http://none/");
    return Math.round((Date.parse(searchParams.get("to") ?? "") - Date.parse(searchParams.get("from") ?? "")) / 1_000);
  };
  const box = await brush.boundingBox();
  if (box === null) throw new Error("the drawer has no strip");
  const y = box.y + box.height / 2;
  await page.mouse.move(box.x + box.width / 2, y);
  await page.mouse.down();
  await page.mouse.move(box.x + (box.width * 3) / 4, y, { steps: 4 });
  await page.mouse.up();
  await page.locator(".brush-selected").waitFor();
  await expect.poll(secondsAsked).toBeGreaterThan(870);
  expect(secondsAsked()).toBeLessThan(930);
  const selected = await brush.getAttribute("aria-valuetext");
  await brush.focus();
  await page.keyboard.press("ArrowLeft");
  await expect.poll(() => brush.getAttribute("aria-valuetext")).not.toBe(selected);
  // The keys also read the strip, at the end of what is selected.
  const tooltip = page.getByRole("tooltip");
  await expect.poll(() => tooltip.textContent()).toMatch(/^\d\d:\d\d:\d\d nothing was recorded/);
  await page.keyboard.press("Escape");
  await page.locator(".brush-selected").waitFor({ state: "detached" });
  await expect.poll(() => tooltip.textContent()).toMatch(/^\d\d:\d\d:\d\d HAProxy UP L4OK, haprobe 500; False UP, /);
  await expect.poll(secondsAsked).toBe(3_600);
  // The first Escape belongs to the strip, the next one to the drawer.
  await page.keyboard.press("Escape");
  await page.locator(".brush-area").waitFor({ state: "detached" });
  expect(messages).toEqual([]);
  await page.context().close();
});

test("the pointer on a strip draws a line through every strip at that time, and says what both sides said", async () => {
  const { page, messages } = await browser.open(`${feed.url}servers?q=cp`);
  const strip = page.locator('[data-key="lb-1/k8s-api/cp-2"] canvas');
  const box = await strip.boundingBox();
  if (box === null) throw new Error("the row has no strip");
  await page.mouse.move(box.x + box.width - 1, box.y + box.height / 2);
  const tooltip = page.getByRole("tooltip");
  await tooltip.waitFor();
  await expect.poll(() => tooltip.textContent()).toMatch(/^\d\d:\d\d:\d\d HAProxy UP L4OK, haprobe 500; False UP, /);
  const lines = (): Promise<number> =>
    page.evaluate(`[...document.querySelectorAll(".strip-frame")]
      .filter((frame) => getComputedStyle(frame, "::after").content === '""').length`);
  await expect.poll(lines).toBe(await page.locator(".strip-frame").count());
  await page.mouse.move(box.x - 100, box.y);
  await tooltip.waitFor({ state: "detached" });
  await expect.poll(lines).toBe(0);
  expect(messages).toEqual([]);
  await page.context().close();
});

test("what HAProxy counted long ago is grey with its time, and its last change counts on", async () => {
  const now = Date.now();
  const counted = (server: string, secondsAgo: number, sessionsTotal: number) =>
    sampleServer(now, {
      backend: "large",
      server,
      haproxy: { sessionsTotal, changedSecondsAgo: 5, at: new Date(now - secondsAgo * 1_000).toISOString() },
    });
  await using large = await browser.serve([counted("a", 600, 0), counted("b", 9, 0)], [sampleInstance(now)]);
  const { page, messages } = await browser.open(`${large.url}servers?q=large`);
  const rate = page.locator("[data-group] .group-traffic");
  // A part of the sum is none.
  large.publish([counted("b", 1, 80)]);
  await expect.poll(() => page.locator('[data-key$="/a"] .cell-change').textContent()).toBe("10 min");
  await expect.poll(() => rate.textContent()).toBe("–");
  await expect.poll(() => page.locator('[data-key$="/a"] .side-cell[title^="as of "]').count()).toBe(1);
  large.publish([counted("a", 0, 6_000)]);
  await expect.poll(() => rate.textContent()).toBe("20 req/s");
  await expect
    .poll(() => rate.locator(".muted").getAttribute("title"))
    .toMatch(/^average from \d\d:\d\d:\d\d to \d\d:\d\d:\d\d$/);
  large.publish([counted("a", -4, 6_048)]);
  await expect.poll(() => rate.textContent()).toBe("22 req/s");
  await expect.poll(() => rate.locator(".muted").count()).toBe(0);
  expect(messages).toEqual([]);
  await page.context().close();
});
