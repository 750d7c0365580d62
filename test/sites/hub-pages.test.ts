import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { violationsOf } from "../browser/pages-scene.ts";
import { DashboardBrowser } from "../browser/dashboard-browser.ts";
import { POSTGRES_MISSING } from "../support/postgres.ts";
import { HubScene } from "./hub-scene.ts";

// The pages of two hubs behind one HAProxy, with three vantages of two sites.

const WAIT = { timeout: 90_000, interval: 250 };
const DRAWER = "servers/lb-fra/k8s-api/cp-1";

describe.skipIf(POSTGRES_MISSING !== null)(`the pages of two hubs${POSTGRES_MISSING ?? ""}`, () => {
  let scene: HubScene;
  let browser: DashboardBrowser;
  let page: Page;
  beforeAll(async () => {
    browser = await DashboardBrowser.launch();
    scene = await HubScene.start();
    await vi.waitUntil(
      async () => (await scene.servers()).filter(({ verdict }) => verdict === "agree-up").length === 14,
      WAIT,
    );
    ({ page } = await browser.open(scene.url));
  }, 180_000);
  afterAll(async () => {
    await browser?.[Symbol.asyncDispose]();
    await scene?.[Symbol.asyncDispose]();
  });

  const sentence = () => page.locator(".band-sentence").innerText();
  const goTo = (path: string) => page.goto(`${scene.url}${path}`);
  const texts = (selector: string) => page.locator(selector).allInnerTexts();

  test("a browser that changes hub starts over by itself, whichever of them dies", async () => {
    await page.evaluate("window.isSamePage = true");
    for (const [dies, server] of [
      ["hub-1", "cp-2"],
      ["hub-2", "cp-3"],
    ] as const) {
      await scene.kill(dies);
      await scene.bed("nyc").server(server).setMode("etcd");
      await expect.poll(sentence, WAIT).toBe(`${server} in nyc is UP in HAProxy but failing /readyz (etcd)`);
      await scene.bed("nyc").server(server).setMode("healthy");
      await expect.poll(sentence, WAIT).toMatch(/^(HAProxy and haprobe agree on|cp-\d in nyc recovered)/);
      await scene.restart(dies);
    }
    expect(await page.evaluate("window.isSamePage")).toBe(true);
    expect(await page.locator(".page-disconnected").count()).toBe(0);
  });

  test("the map of sites has the worst first, and leads to its servers", async () => {
    await scene.bed("nyc").server("cp-2").setMode("etcd");
    await goTo("");
    await page.locator("[data-group]").first().waitFor();
    await page.keyboard.press("g");
    await page.keyboard.press("e");
    await expect.poll(() => texts(".site-name"), WAIT).toEqual(["nyc", "fra"]);
    await expect.poll(() => texts(".site-vantages"), WAIT).toEqual(["1 vantage", "2 vantages"]);
    await expect
      .poll(() => texts(".site-sentence"), WAIT)
      .toEqual(["cp-2 is UP in HAProxy but failing /readyz (etcd)", "HAProxy and haprobe agree on 7 of 8 servers"]);
    expect(await violationsOf(page, { quick: true })).toEqual([]);
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    await expect.poll(() => new URL(page.url()).search).toBe("?site=nyc");
    await expect.poll(() => texts("[data-group] .group-name"), WAIT).toHaveLength(3);
    await page.getByRole("button", { name: "Group by site" }).click();
    await expect.poll(() => new URL(page.url()).search).toBe("?site=nyc&group=site");
    await expect.poll(() => page.locator(".site-group").count()).toBe(1);
    // Under load a server of fra may have had an incident as well.
    await goTo("incidents?site=nyc");
    await page.locator(".incident-row").first().waitFor();
    expect((await texts(".incident-name")).every((name) => name.endsWith(" in nyc"))).toBe(true);
    await goTo("incidents?group=site");
    await expect.poll(() => texts("main section h2"), WAIT).toContainEqual(expect.stringMatching(/^nyc/));
    await scene.bed("nyc").server("cp-2").setMode("healthy");
  });

  test("a server that two vantages watch has what each of them says and a strip for each, now and then", async () => {
    scene.path.cut();
    await expect
      .poll(async () => (await scene.servers()).find(({ key }) => key === "lb-fra/k8s-api/cp-1")?.sentence, WAIT)
      .toMatch(/^host-a, beside lb-fra, gets 200; host-b is /);
    const at = new Date().toISOString();
    await goTo(DRAWER);
    await expect
      .poll(() => texts(".vantage-name"), WAIT)
      .toEqual([expect.stringMatching(/host-a.*beside lb-fra.*decides/s), "host-b"]);
    expect(await texts(".vantage-verdict")).toEqual(["Up", "False UP"]);
    await expect
      .poll(() => texts(".vantage-heard"), WAIT)
      .toEqual([expect.stringMatching(/^heard /), expect.stringMatching(/^heard /)]);
    await expect.poll(() => texts(".vantage-lane-name"), WAIT).toEqual(["host-a", "host-b"]);
    expect(await violationsOf(page, { quick: true })).toEqual([]);
    await goTo("findings?code=vantage-path");
    await expect.poll(() => texts(".finding-places li"), WAIT).toEqual([expect.stringContaining("host-b")]);
    await scene.kill("host-b");
    await goTo(DRAWER);
    await expect
      .poll(() => texts(".vantage-heard"), WAIT)
      .toEqual([expect.stringMatching(/^heard /), expect.stringMatching(/^silent since \d\d:/)]);
    await page.locator("h2", { hasText: "only host-a reports; host-b silent since" }).waitFor();
    await goTo("sites");
    await expect
      .poll(() => texts(".site-vantages"), WAIT)
      .toContainEqual(expect.stringMatching(/^host-b silent since/));
    await goTo("settings");
    await expect.poll(() => texts(".vantages li"), WAIT).toContainEqual(expect.stringMatching(/host-b.*silent/s));
    expect(await violationsOf(page, { quick: true })).toEqual([]);
    // As they were before host-b was lost.
    await goTo(`${DRAWER}?at=${at}`);
    await expect.poll(() => texts(".vantage-verdict"), WAIT).toEqual(["Up", "False UP"]);
    expect(await texts(".vantage-heard")).toEqual(["", ""]);
    scene.path.isCut = false;
    await scene.restart("host-b");
  });

  test("nothing is wider than the window, from a phone to a wide screen", async () => {
    for (const width of [390, 768, 1440, 2560]) {
      await page.setViewportSize({ width, height: 900 });
      for (const path of [
        "",
        "?group=site",
        "sites",
        "servers?group=site",
        DRAWER,
        "incidents",
        "findings?group=site",
        "settings",
      ]) {
        await goTo(path);
        await page.locator("main .block").first().waitFor();
        const wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");
        expect([width, path, wide]).toEqual([width, path, 0]);
      }
      const logo = await page.locator(".logo").evaluate((element) => element.getBoundingClientRect().width);
      expect([width, logo > 15]).toEqual([width, true]);
    }
  });
});
