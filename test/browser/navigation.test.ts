import { afterAll, beforeAll, expect, test } from "vitest";
import { freePort, startHaproxy } from "../support/real-haproxy.ts";
import { falseUpApiserver, healthyApiserver, sampleInstance, sampleServers } from "../web/sample-fleet.ts";
import { DashboardBrowser } from "./dashboard-browser.ts";
import { FakeDashboardServer } from "./fake-dashboard-server.ts";
import { problemsOf } from "./pages-scene.ts";

let browser: DashboardBrowser;
let server: FakeDashboardServer;
beforeAll(async () => {
  browser = await DashboardBrowser.launch();
  server = await browser.serve(sampleServers(Date.now()), [sampleInstance(Date.now())]);
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await browser?.[Symbol.asyncDispose]();
});

test("each page has its own address: by link, by key, back and forward, and opened at once", async () => {
  const { page, messages } = await browser.open(server.url);
  const current = () => page.locator(".top-page[aria-current]").innerText();
  await page.getByRole("link", { name: /^Incidents/ }).click();
  await expect.poll(current).toMatch(/^Incidents/);
  await expect.poll(() => new URL(page.url()).pathname).toBe("/incidents");
  await page.keyboard.press("g");
  await page.keyboard.press("s");
  await expect.poll(current).toBe("Servers");
  await page.goBack();
  await expect.poll(current).toMatch(/^Incidents/);
  await page.goForward();
  await expect.poll(current).toBe("Servers");
  await page.goto(`${server.url}servers/lb-1/k8s-api/cp-2`);
  await page.locator("[data-key]").first().waitFor();
  await expect.poll(current).toBe("Servers");
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
    const overflows = `[document.documentElement, document.querySelector(".top-bar")]
      .map(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)`;
    await expect.poll(() => page.evaluate(overflows), { message: `${width} px` }).toEqual([0, 0]);
  }
  await page.getByRole("button", { name: "More", exact: true }).click();
  await page.getByRole("link", { name: "Settings" }).click();
  await expect.poll(() => new URL(page.url()).pathname).toBe("/settings");
  await expect.poll(() => page.getByRole("link", { name: "Numbers" }).count()).toBe(0);
  await page.context().close();
});

test("Escape closes what was opened over a page, and the focus is back where it was", async () => {
  const { page, messages } = await browser.open(`${server.url}servers`, { waitFor: "[data-key]" });
  const focused = () => page.evaluate<string>("document.activeElement.textContent");
  for (const name of ["Keyboard shortcuts", "Instance", "Check", "View"]) {
    const opener = page.getByRole("button", { name }).first();
    const text = (await opener.textContent()) ?? "";
    await opener.focus();
    await page.keyboard.press("Enter");
    const opened = page.locator(name === "Keyboard shortcuts" ? "[role=dialog]" : ".menu-panel");
    await opened.waitFor();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Escape");
    await opened.waitFor({ state: "detached" });
    await expect.poll(async () => [name, await focused()]).toEqual([name, text]);
  }
  expect(messages).toEqual([]);
  await page.context().close();
});

test("behind one HAProxy over two hubs, list and stream are of one hub, and a page starts over by itself when that goes", async () => {
  const now = Date.now();
  const fra = (name: string) => ({ instance: "lb-fra", site: "fra", server: name });
  const servers = ["cp-1", "cp-2"].map((name) => healthyApiserver(now, fra(name)));
  const nyc = healthyApiserver(now, { instance: "lb-nyc", site: "nyc" });
  const instances = ["fra", "nyc"].map((site) => sampleInstance(now, { name: `lb-${site}`, site }));
  const start = (epoch: string, port = 0) =>
    FakeDashboardServer.start(browser.webRoot, [...servers, nyc], instances, port, epoch);
  await using stack = new AsyncDisposableStack();
  const first = stack.use(await start("hub-1"));
  const second = stack.use(await start("hub-2"));
  const port = await freePort();
  const lines = [first, second].map((hub, n) => `  server hub-${n + 1} 127.0.0.1:${hub.port} check inter 50ms fall 1`);
  const times = "timeout connect 1s\n  timeout client 9s\n  timeout server 9s";
  const front = `listen hubs\n  mode http\n  ${times}\n  option redispatch\n  bind 127.0.0.1:${port}\n${lines.join("\n")}`;
  stack.use(await startHaproxy({ config: front }));
  const { port: firstPort } = first;
  const { page, messages } = await browser.open(`http://127.0.0.1:${port}/sites`, { waitFor: "main li" });
  expect(await problemsOf(page)).toEqual([]);
  expect(messages).toEqual([]);
  await page.goto(`http://127.0.0.1:${port}/`);
  await page.evaluate("window.isSamePage = true");
  const sentence = () => page.locator(".band-sentence").innerText();
  const failing = (name: string) => [falseUpApiserver(now, { ...fra(name), address: `10.0.0.1:${name.length}` })];
  for (const [hub, epoch] of [
    [first, "hub-1"],
    [second, "hub-2"],
  ] as const)
    hub.publish(failing("cp-1"), [], epoch);
  await expect.poll(sentence).toBe("cp-1 in fra is UP in HAProxy but failing /readyz (etcd)");
  await first[Symbol.asyncDispose]();
  second.publish([...servers.slice(0, 1), ...failing("cp-2")], [], "hub-2");
  await expect.poll(sentence).toBe("cp-2 in fra is UP in HAProxy but failing /readyz (etcd)");
  const third = stack.use(await start("hub-3", firstPort));
  await second[Symbol.asyncDispose]();
  third.publish(failing("cp-1"), [], "hub-3");
  await expect.poll(sentence).toBe("cp-1 in fra is UP in HAProxy but failing /readyz (etcd)");
  expect(await page.evaluate("window.isSamePage")).toBe(true);
  expect(await page.locator(".page-disconnected").count()).toBe(0);
  await page.context().close();
});
