import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ServerStatus } from "../../server/contract/status.ts";
import { sampleIncident } from "../support/sample-incident.ts";
import { falseUpApiserver, healthyApiserver, sampleInstance, sampleServer } from "../web/sample-fleet.ts";
import { DashboardBrowser } from "./dashboard-browser.ts";

let browser: DashboardBrowser;
beforeAll(async () => {
  browser = await DashboardBrowser.launch();
}, 60_000);
afterAll(() => browser?.[Symbol.asyncDispose]());

const iso = (ms: number): string => new Date(ms).toISOString();
const failing = (now: number) =>
  sampleInstance(now, {
    state: "stale",
    lastPollAt: iso(now - 30_000),
    error: { code: "HAPROBE_STATS_REFUSED", message: "connect ECONNREFUSED", at: iso(now) },
  });
const stale = (now: number): ServerStatus =>
  healthyApiserver(now, { verdict: "unknown", reason: "haproxy-stale", haproxy: { at: iso(now - 30_000) } });
const tab = async (page: Page) => ({
  title: await page.title(),
  icon: await page.locator("#favicon").getAttribute("href"),
  isLogoGrey: (await page.locator(".logo-unknown").count()) === 1,
});
const UNKNOWN_TAB = { title: "unknown · haprobe", icon: "./favicon-unknown.svg", isLogoGrey: true };

test("title, icon and logo say unknown while no instance responds and while no server has a verdict", async () => {
  const now = Date.now();
  await using feed = await browser.serve([healthyApiserver(now)], [sampleInstance(now)]);
  const { page } = await browser.open(feed.url);
  expect(await tab(page)).toEqual({ title: "haprobe", icon: "./favicon-ok.svg", isLogoGrey: false });
  feed.publish([stale(now)], [failing(now)]);
  await expect.poll(() => tab(page)).toEqual(UNKNOWN_TAB);
  feed.publish([healthyApiserver(now, { verdict: "unknown", reason: "prober-blind" })], [sampleInstance(now)]);
  await expect.poll(() => tab(page)).toEqual(UNKNOWN_TAB);
  await page.context().close();
});

test("title, icon and logo say unknown while HAProxy was never reached", async () => {
  const now = Date.now();
  await using feed = await browser.serve([], [failing(now)]);
  const { page } = await browser.open(feed.url, { waitFor: ".first-run" });
  await expect.poll(() => tab(page)).toEqual(UNKNOWN_TAB);
  await page.context().close();
});

test("the time without a mismatch starts anew when an instance responds again", async () => {
  const now = Date.now();
  await using feed = await browser.serve([healthyApiserver(now)], [sampleInstance(now)]);
  const { page } = await browser.open(feed.url);
  await expect.poll(() => page.locator(".band-duration").textContent(), { timeout: 5_000 }).toBe("3 s");
  feed.publish([stale(Date.now())], [failing(Date.now())]);
  await page.getByRole("heading", { name: /not responding/ }).waitFor();
  feed.publish([healthyApiserver(Date.now())], [sampleInstance(Date.now())]);
  await page.getByText("without a mismatch").waitFor();
  expect(await page.locator(".band-duration").textContent()).toMatch(/^[01] s$/);
  await page.context().close();
});

test("the detail shows values of the moment, and the age of those that are old", async () => {
  const now = Date.now();
  const server = (at: number): ServerStatus =>
    falseUpApiserver(now, { haproxy: { at: iso(at), sessionsCurrent: at === now ? 7 : 3 }, probe: { at: iso(at) } });
  await using feed = await browser.serve([healthyApiserver(now), server(now - 50_000)], [sampleInstance(now)]);
  feed.freezeServer();
  const { page } = await browser.open(`${feed.url}?open=lb-1/k8s-api/cp-2`);
  const says = page.getByRole("region", { name: "HAProxy says" });
  await says.getByText(/5\d s ago/).waitFor();
  expect(await says.locator(".facts-stale").count()).toBe(1);
  feed.freezeServer(server(now));
  await says.getByText("7 open").waitFor();
  expect(await says.locator(".facts-stale").count()).toBe(0);
  await page.context().close();
});

test("a row of an instance that does not respond shows no sessions, and HAProxy's state greyed", async () => {
  const now = Date.now();
  await using feed = await browser.serve([stale(now)], [failing(now)]);
  const { page } = await browser.open(feed.url);
  expect(await page.locator(".row .cell-sessions").textContent()).toBe("–");
  expect(await page.locator(".row .cell-haproxy.muted").count()).toBe(1);
  await page.context().close();
});

test("a backend without a healthy server is named first, and its card comes before older mismatches", async () => {
  const now = Date.now();
  const legacy = (server: string) =>
    falseUpApiserver(now, {
      backend: "legacy-app",
      server,
      address: `10.0.9.${server.slice(-1)}:80`,
      since: iso(now - 5_000),
      misrouted: { healthyLeft: 0 },
    });
  const others = [healthyApiserver(now), falseUpApiserver(now)];
  await using feed = await browser.serve([...others, legacy("old-1"), legacy("old-2")], [sampleInstance(now)]);
  const { page } = await browser.open(feed.url);
  expect(await page.locator("h1").textContent()).toBe("legacy-app has no healthy server: 2 of 2 fail their probes");
  const names = await page.locator(".card-name").allTextContents();
  expect(names).toEqual(["old-1", "old-2", "cp-2"]);
  await page.context().close();
});

test("a flapping server keeps one card, one headline and the layout; after its end the page names it", async () => {
  const now = Date.now();
  const others = [healthyApiserver(now), sampleServer(now), sampleServer(now, { server: "web-02" })];
  const cp2 = { server: "cp-2", address: "10.0.0.12:6443" };
  await using feed = await browser.serve([...others, falseUpApiserver(now)], [sampleInstance(now)]);
  feed.incidents = [sampleIncident(now, { flaps: 2 })];
  const { page } = await browser.open(feed.url);
  await page.getByRole("heading", { name: "cp-2 is flapping: UP in HAProxy but failing 3 times" }).waitFor();
  await page.evaluate(`(() => {
    window.shifts = [];
    new PerformanceObserver((list) => list.getEntries().forEach(({ value, sources }) => {
      if (value > 0) window.shifts.push(sources.map(({ node }) => node.className ?? node.textContent).join());
    }))
      .observe({ type: "layout-shift" });
    window.headlines = new Set();
    const read = () => window.headlines.add(document.querySelector("h1").textContent);
    new MutationObserver(read).observe(document.body, { subtree: true, childList: true, characterData: true });
  })()`);
  const counter = page.getByRole("button", { name: /False UP/ });
  for (let flaps = 2; flaps < 5; flaps += 1) {
    feed.incidents = [sampleIncident(now, { flaps, state: "healing" })];
    feed.publish([healthyApiserver(Date.now(), cp2)]);
    await page.locator(".card-healing").waitFor();
    expect(await counter.textContent()).toMatch(/^0/);
    feed.incidents = [sampleIncident(now, { flaps: flaps + 1 })];
    feed.publish([falseUpApiserver(Date.now(), { phase: "suspected" })]);
    await page.locator('[data-key="lb-1/k8s-api/cp-2"] >> text=Suspected').waitFor();
    feed.publish([falseUpApiserver(Date.now())]);
    await page.getByText(`failing ${flaps + 2} times`).waitFor();
  }
  expect(await page.evaluate("window.shifts")).toEqual([]);
  expect(await page.evaluate("[...window.headlines].filter((text) => !/^cp-2 is flapping/.test(text))")).toEqual([]);
  expect(await page.title()).toBe("(1) cp-2 false-up · haprobe");
  feed.incidents = [sampleIncident(now, { flaps: 5, state: "ended", endedAt: iso(Date.now()), end: "agreed" })];
  feed.publish([healthyApiserver(Date.now(), cp2)]);
  await page.getByText(/Last mismatch: cp-2, false-up from .* flapped 5 times/).waitFor();
  expect(await page.locator(".card").count()).toBe(0);
  await page.context().close();
});

test("a page opened while a mismatch is healing shows it, not agreement", async () => {
  const now = Date.now();
  await using feed = await browser.serve(
    [healthyApiserver(now), healthyApiserver(now, { server: "cp-2" })],
    [sampleInstance(now)],
  );
  feed.incidents = [sampleIncident(now, { state: "healing" })];
  const { page } = await browser.open(feed.url);
  await page.getByRole("heading", { name: "cp-2 recovered; haprobe is confirming" }).waitFor();
  expect(await page.locator(".card-healing").count()).toBe(1);
  await page.context().close();
});

test("unknown servers do not count as unhealthy", async () => {
  const now = Date.now();
  const unknown = (n: number) =>
    sampleServer(now, { server: `web-${n}`, verdict: "unknown", reason: "probe-denied", probe: { outcome: "denied" } });
  await using feed = await browser.serve([unknown(1), unknown(2), unknown(3)], [sampleInstance(now)]);
  const { page } = await browser.open(feed.url);
  expect(await page.locator(".group-healthy").textContent()).toBe("? of 3 healthy");
  feed.publish([sampleServer(now, { server: "web-1" })]);
  await expect.poll(() => page.locator(".group-healthy").textContent()).toBe("1 of 3 healthy, 2 unknown");
  await page.context().close();
});
