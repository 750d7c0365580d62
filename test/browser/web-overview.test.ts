import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  healthyApiserver,
  falseUpApiserver,
  sampleInstance,
  sampleServer,
  sampleServers,
} from "../web/sample-fleet.ts";
import { DashboardBrowser } from "./dashboard-browser.ts";
import { FakeDashboardServer } from "./fake-dashboard-server.ts";

let browser: DashboardBrowser;
beforeAll(async () => {
  browser = await DashboardBrowser.launch();
});
afterAll(() => browser?.[Symbol.asyncDispose]());

const sentence = (page: Page) => page.locator("h1");
const instances = (now: number) => [
  sampleInstance(now),
  sampleInstance(now, { name: "lb-2", stats: "unix:/run/lb-2.sock" }),
];

test("a mismatch appears without a reload, and the browser reports no error", async () => {
  const now = Date.now();
  await using feed = await FakeDashboardServer.start(
    browser.webRoot,
    [healthyApiserver(now), healthyApiserver(now, { server: "cp-2" })],
    instances(now),
  );
  const { page, messages } = await browser.open(feed.url);
  await page.getByText("HAProxy and haprobe agree on 2 servers").waitFor();
  feed.publish([falseUpApiserver(Date.now())]);
  await page.getByRole("heading", { name: "cp-2 is UP in HAProxy but failing /readyz (etcd)" }).waitFor();
  await expect.poll(() => page.title()).toBe("(1) cp-2 false-up · haprobe");
  await expect.poll(() => page.locator("#favicon").getAttribute("href")).toBe("./favicon-1.svg");
  await page.keyboard.press("?");
  await page.getByRole("dialog").waitFor();
  expect(messages).toEqual([]);
  await page.context().close();
});

test("a notification of the desktop comes for a new confirmed false-up, once it was asked for, and leads to the server", async () => {
  const now = Date.now();
  const healthy = ["cp-1", "cp-2", "cp-3", "cp-4"].map((server, n) =>
    healthyApiserver(now, { server, address: `10.0.0.1${n}:6443` }),
  );
  await using feed = await FakeDashboardServer.start(browser.webRoot, healthy, instances(now));
  const failing = (server: string, fields = {}) =>
    falseUpApiserver(Date.now(), { server, address: `${server}:6443`, subject: `${server}:6443`, ...fields });
  const { page, messages } = await browser.open(`${feed.url}settings`, {
    waitFor: ".setting-switch",
    permissions: ["notifications"],
    // The desktop's own, with a list of those that were shown.
    script: `window.shown = []; window.Notification = class extends Notification {
      constructor(title, options) { super(title, options); shown.push(this); } }`,
  });
  const titles = () => page.evaluate<string[]>("shown.map(({ title, body }) => title + ' | ' + body)");
  const allowed = page.getByRole("checkbox", { name: /^Desktop notifications/ });
  expect(await allowed.isChecked()).toBe(false);
  feed.publish([failing("cp-1")]);
  await expect.poll(() => page.title()).toBe("(1) cp-1 false-up · haprobe");
  // It is checked once the browser has granted the permission.
  await allowed.click();
  await page.getByText("This browser shows a notification for each new confirmed false UP").waitFor();
  feed.publish([failing("cp-2", { phase: "suspected" })]);
  feed.publish([failing("cp-3")]);
  await expect.poll(titles).toEqual(["cp-3: false UP | UP in HAProxy but failing /readyz (etcd), k8s-api on lb-1"]);
  await expect.poll(() => page.title()).toMatch(/^\(2\) .*· haprobe$/);
  await expect.poll(() => page.locator("#favicon").getAttribute("href")).toBe("./favicon-2.svg");
  await page.evaluate("shown[0].dispatchEvent(new Event('click'))");
  await page.getByRole("complementary", { name: /cp-3$/ }).waitFor();
  await page.goBack();
  await allowed.click();
  await expect.poll(() => allowed.isChecked()).toBe(false);
  feed.publish([failing("cp-4")]);
  await expect.poll(() => page.title()).toMatch(/^\(3\)/);
  expect(await titles()).toHaveLength(1);
  expect(messages).toEqual([]);
  await page.context().close();
});

test("a disconnect is shown and turns the page grey; after a restart the page is live again", async () => {
  const now = Date.now();
  const feed = await FakeDashboardServer.start(
    browser.webRoot,
    [healthyApiserver(now), falseUpApiserver(now)],
    [sampleInstance(now), sampleInstance(now, { name: "lb-2", state: "failing" })],
  );
  const { port } = feed;
  const { page } = await browser.open(feed.url);
  await sentence(page).waitFor();
  await feed[Symbol.asyncDispose]();
  await page.getByRole("alert").waitFor();
  expect(await page.getByRole("alert").textContent()).toContain("Disconnected from haprobe since");
  await expect.poll(() => page.locator(".band-duration").textContent()).toMatch(/^≥ 4 min/);
  for (const below of [".banner-disconnected + .banner", "main > *"]) {
    const filter = `getComputedStyle(document.querySelector("${below}")).filter`;
    await expect.poll(() => page.evaluate(filter)).toBe("grayscale(1)");
  }
  await using back = await FakeDashboardServer.start(
    browser.webRoot,
    [healthyApiserver(Date.now()), healthyApiserver(Date.now(), { server: "cp-2" })],
    instances(now),
    port,
    "e2",
  );
  await page.getByRole("button", { name: "Retry now" }).click();
  await page.getByText("HAProxy and haprobe agree on 2 servers").waitFor();
  expect(back.port).toBe(port);
  await expect.poll(() => page.getByRole("alert").count()).toBe(0);
  await page.context().close();
});

test("at no width does the page scroll sideways", async () => {
  const now = Date.now();
  const long = sampleServer(now, {
    server: "a-server-with-a-name-of-more-than-sixty-characters-in-its-config",
    backend: "b".repeat(80),
  });
  await using feed = await FakeDashboardServer.start(browser.webRoot, [...sampleServers(now), long], instances(now));
  const { page } = await browser.open(feed.url);
  await page.locator('[data-key="lb-1/k8s-api/cp-2"]').click();
  await page.getByRole("region", { name: "Response body" }).waitFor();
  for (const width of [390, 600, 768, 1024, 1440, 1920]) {
    await page.setViewportSize({ width, height: 900 });
    await expect.poll(() => page.evaluate("document.documentElement.scrollWidth")).toBe(width);
  }
  await page.context().close();
});

test.each([
  ["light", 1440],
  ["light", 390],
  ["dark", 1440],
  ["dark", 390],
] as const)(
  "axe finds nothing against WCAG AA in the %s theme at %d px",
  async (theme, width) => {
    const now = Date.now();
    // One row of each kind: axe is slow.
    const servers = sampleServers(now).filter(
      (server) => server.verdict !== "agree-up" || /cp-1|app-1|web-01/.test(server.server),
    );
    await using feed = await FakeDashboardServer.start(browser.webRoot, servers, instances(now));
    feed.valueOf = (step) => step;
    const { page } = await browser.open(feed.url, { theme, width });
    await page.locator('[data-key="lb-1/k8s-api/cp-2"]').click();
    await page.getByRole("region", { name: "Changes" }).waitFor();
    const { violations } = await new AxeBuilder({ page })
      .withTags(["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"])
      .analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html} ${nodes[0]?.failureSummary}`)).toEqual([]);
    await page.context().close();
  },
  60_000,
);

test("of ten thousand servers only those near the viewport are rendered, and keys reach the others", async () => {
  const now = Date.now();
  const many = Array.from({ length: 10_000 }, (_, n) =>
    sampleServer(now, { server: `web-${n}`, backend: `be-${n % 50}` }),
  );
  await using feed = await FakeDashboardServer.start(
    browser.webRoot,
    [...many, falseUpApiserver(now, { backend: "zz" })],
    instances(now),
  );
  const { page } = await browser.open(`${feed.url}?q=lb-1`);
  expect(await page.locator("[role=row]").count()).toBeLessThan(120);
  await page.evaluate("window.scrollTo(0, document.body.scrollHeight)");
  await page.locator('[data-key="lb-1/be-49/web-9999"]').waitFor();
  await page.keyboard.press(".");
  await page.locator('[data-key="lb-1/zz/cp-2"]:focus').waitFor();
  await page.context().close();
});
