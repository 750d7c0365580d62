import { afterAll, beforeAll, expect, test } from "vitest";
import { type ControlPlane, startControlPlane, waitForVerdicts } from "../http/control-plane.ts";
import { type HaprobeProcess, startHaprobe } from "../support/haprobe-cli.ts";
import { DashboardBrowser } from "./dashboard-browser.ts";

let plane: ControlPlane;
let haprobe: HaprobeProcess;
let browser: DashboardBrowser;
beforeAll(async () => {
  plane = await startControlPlane();
  haprobe = await startHaprobe(plane.args);
  browser = await DashboardBrowser.launch();
  await waitForVerdicts(haprobe.url, { "cp-1": "agree-up", "cp-2": "false-up confirmed" });
}, 60_000);
afterAll(async () => {
  await browser?.[Symbol.asyncDispose]();
  await haprobe?.[Symbol.asyncDispose]();
  await plane?.[Symbol.asyncDispose]();
});

test("a real haprobe beside a real HAProxy: the page names the server, its cure, and that it flaps", async () => {
  const { page, messages } = await browser.open(`${haprobe.url}/`);
  await page.getByRole("heading", { name: "cp-2 is UP in HAProxy but failing /readyz (etcd)" }).waitFor();
  expect(await page.title()).toBe("(1) cp-2 false-up · haprobe");
  expect(await page.locator(".card .code-block code").textContent()).toContain("check-ssl");
  await page.getByRole("button", { name: "Evidence" }).click();
  await page.getByRole("region", { name: "HAProxy says" }).waitFor();
  await expect.poll(() => page.locator(".facts-stale").count()).toBe(0);
  await page.locator(".chart canvas").first().waitFor();
  await page.goBack();
  await page.evaluate(`(() => {
    window.headlines = [];
    new MutationObserver(() => window.headlines.push(document.querySelector("h1").textContent))
      .observe(document.body, { subtree: true, childList: true, characterData: true });
  })()`);
  for (let flaps = 1; flaps <= 3; flaps += 1) {
    await plane.setMode("cp-2", "healthy");
    await page.locator(".card-healing").waitFor();
    await plane.setMode("cp-2", "etcd");
    await page.getByText(`flapped ${flaps} time`).waitFor();
  }
  await page.getByRole("heading", { name: "cp-2 is flapping: UP in HAProxy but failing 4 times" }).waitFor();
  expect(await page.evaluate("window.headlines.filter((text) => /agree on/.test(text))")).toEqual([]);
  expect(messages).toEqual([]);
  await page.context().close();
}, 60_000);
