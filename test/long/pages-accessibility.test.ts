import { afterAll, beforeAll, expect, test } from "vitest";
import { DashboardBrowser } from "../browser/dashboard-browser.ts";
import { openPage, pagePaths, type PagesScene, startPagesScene, violationsOf } from "../browser/pages-scene.ts";

let scene: PagesScene;
let browser: DashboardBrowser;
beforeAll(async () => {
  browser = await DashboardBrowser.launch();
  scene = await startPagesScene();
}, 90_000);
afterAll(async () => {
  await scene?.[Symbol.asyncDispose]();
  await browser?.[Symbol.asyncDispose]();
});

test.each([390, 1440])("axe finds nothing on any page in either theme at %d px", async (width) => {
  const { page } = await browser.open(scene.haprobe.url, { width, waitFor: ".card" });
  const found: string[] = [];
  for (const path of await pagePaths(scene.haprobe.url)) {
    await openPage(page, scene.haprobe.url, path);
    found.push(...(await violationsOf(page)));
  }
  expect(found).toEqual([]);
  await page.context().close();
});
