import { afterAll, beforeAll, expect, test } from "vitest";
import { DashboardBrowser } from "../browser/dashboard-browser.ts";
import { sampleIncident } from "../support/sample-incident.ts";
import { falseUpApiserver, sampleInstance, sampleServers } from "../web/sample-fleet.ts";
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

test.each([390, 1440])("axe finds nothing in any state of the pages in either theme at %d px", async (width) => {
  const now = Date.now();
  const servers = sampleServers(now).map((server) => ({ ...server, site: server.instance === "lb-1" ? "fra" : "nyc" }));
  const instances = [
    sampleInstance(now, { name: "lb-1", site: "fra" }),
    sampleInstance(now, { name: "lb-2", site: "nyc" }),
  ];
  const feed = await browser.serve(servers, instances);
  feed.incidents = [sampleIncident(now)];
  const subject = { instance: null, backend: null, server: null };
  const since = new Date(now).toISOString();
  const words = { sentence: "Nothing outlives a restart: the disk is full", advice: "Free some space." };
  feed.findings = [{ id: "store", code: "store-unavailable", subject, since, vantages: [], ...words }];
  const { page } = await browser.open(feed.url, { width });
  // The band's colour fades, and is then of neither state.
  await page.emulateMedia({ reducedMotion: "reduce" });
  const found: string[] = [];
  const look = async (state: string): Promise<void> => {
    found.push(...(await violationsOf(page)).map((problem) => `${state}: ${problem}`));
  };
  await page.locator(".banner-finding").waitFor();
  await page.keyboard.press("a");
  await page.getByRole("form", { name: "Acknowledge" }).waitFor();
  await look("a form");
  await page.keyboard.press("Escape");
  await page.keyboard.press("?");
  await page.getByRole("dialog").waitFor();
  await look("the list of keys");
  await page.goto(`${feed.url}sites`);
  await page.locator("main li").first().waitFor();
  await look("sites");
  await page.goto(`${feed.url}servers?q=nowhere`);
  await page.getByText("No server matches.").waitFor();
  await look("nothing found");
  await page.goto(feed.url);
  await page.locator(".card").first().waitFor();
  const blind = { phase: null, subject: null, tone: "quiet" } as const;
  feed.publish(
    servers.map((server) => ({ ...server, ...blind, verdict: "unknown", reason: "prober-blind" })),
    [sampleInstance(now, { name: "lb-2", site: "nyc", state: "failing" })],
  );
  await page
    .getByText(/^haprobe cannot reach/)
    .first()
    .waitFor();
  await look("blind, and a HAProxy that does not respond");
  feed.publish([falseUpApiserver(now, { site: "fra" })]);
  await feed[Symbol.asyncDispose]();
  await page.locator(".page-disconnected").waitFor();
  await look("disconnected");
  expect(found).toEqual([]);
  await page.context().close();
});
