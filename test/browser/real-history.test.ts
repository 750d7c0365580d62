import { type DisposableTempDir, mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ControlPlane, startControlPlane, waitForVerdicts } from "../http/control-plane.ts";
import { type HaprobeProcess, startHaprobe } from "../support/haprobe-cli.ts";
import { DashboardBrowser } from "./dashboard-browser.ts";
import { isReadBackAdvice, redPart } from "./strip-pixels.ts";

const KEY = "lb-1/k8s-api/cp-1";

let plane: ControlPlane;
let data: DisposableTempDir;
let haprobe: HaprobeProcess;
let browser: DashboardBrowser;
beforeAll(async () => {
  plane = await startControlPlane();
  data = await mkdtempDisposable(join(tmpdir(), "haprobe-data-"));
  haprobe = await startHaprobe([...plane.args, "--data-dir", data.path]);
  browser = await DashboardBrowser.launch();
}, 60_000);
afterAll(async () => {
  await browser?.[Symbol.asyncDispose]();
  await haprobe?.[Symbol.asyncDispose]();
  await plane?.[Symbol.asyncDispose]();
  await data?.remove();
});

/** The cards of the other mismatches can push the row out of sight. */
async function redInView(page: Page): Promise<unknown> {
  await page.locator(`[data-key="${KEY}"]`).scrollIntoViewIfNeeded();
  return redPart(page, KEY);
}

test("a server that failed before the page was opened, and before haprobe was started again, is red in its strip", async () => {
  await waitForVerdicts(haprobe.url, { "cp-1": "agree-up" });
  await plane.setMode("cp-1", "etcd");
  await waitForVerdicts(haprobe.url, { "cp-1": "false-up confirmed" });
  await plane.setMode("cp-1", "healthy");
  await waitForVerdicts(haprobe.url, { "cp-1": "agree-up" });

  const { page, messages } = await browser.open(haprobe.url);
  await expect.poll(() => redInView(page), { timeout: 10_000 }).not.toBeNull();
  await page.reload();
  await expect.poll(() => redInView(page), { timeout: 10_000 }).not.toBeNull();
  expect(messages.filter((message) => !isReadBackAdvice(message))).toEqual([]);
  await page.context().close();

  await haprobe.stop();
  haprobe = await startHaprobe([...plane.args, "--data-dir", data.path]);
  await waitForVerdicts(haprobe.url, { "cp-1": "agree-up" });
  const later = await browser.open(haprobe.url);
  await expect.poll(() => redInView(later.page), { timeout: 10_000 }).not.toBeNull();
  await later.page.context().close();
}, 60_000);
