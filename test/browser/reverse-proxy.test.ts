import { afterAll, beforeAll, expect, test } from "vitest";
import { type BehindProxies, startBehindProxies } from "../http/behind-proxies.ts";
import { DashboardBrowser } from "./dashboard-browser.ts";

const STRIPS = "http-request set-path %[path,regsub(^/haprobe/?,/)]";
const PROXIES = {
  "strips the path": [STRIPS],
  "keeps the path": [],
  "rewrites Host": [STRIPS, "http-request set-header Host backend:8405"],
  "refuses WebSockets": [STRIPS, "http-request deny if { hdr(upgrade) -m found }"],
} as const;

let browser: DashboardBrowser;
let haprobe: BehindProxies;
beforeAll(async () => {
  browser = await DashboardBrowser.launch();
  haprobe = await startBehindProxies(PROXIES, {
    webRoot: browser.webRoot,
    publicUrl: "http://lb.example.org/haprobe",
    allowedHosts: ["backend", "localhost"],
  });
}, 60_000);
afterAll(async () => {
  await haprobe?.[Symbol.asyncDispose]();
  await browser?.[Symbol.asyncDispose]();
});

test.each(["strips the path", "keeps the path", "rewrites Host"])(
  "behind a proxy that %s the page is live, also without a slash at the end of its address",
  async (kind) => {
    for (const path of ["/haprobe", "/haprobe/"]) {
      const { page, messages } = await browser.open(`http://localhost:${haprobe.proxyPort(kind)}${path}`);
      expect(await page.locator("[data-key]").count()).toBe(2);
      expect(await page.getByText("No live updates").count()).toBe(0);
      expect(messages).toEqual([]);
      await page.context().close();
    }
  },
);

test("behind a proxy that refuses WebSockets the page shows the servers, and what to configure", async () => {
  const { page } = await browser.open(`http://localhost:${haprobe.proxyPort("refuses WebSockets")}/haprobe/`);
  await page.getByText("No live updates (websocket error).").waitFor();
  expect(await page.locator(".banner").innerText()).toMatch(/public-url or allowed-hosts/);
  expect(await page.locator("[data-key]").count()).toBe(2);
  await page.context().close();
});
