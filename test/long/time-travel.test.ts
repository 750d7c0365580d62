import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { DashboardBrowser } from "../browser/dashboard-browser.ts";
import { type PageMoment, readMoment, readSteadyMoment } from "../browser/page-moments.ts";
import { startControlPlane } from "../http/control-plane.ts";
import { startHaprobe } from "../support/haprobe-cli.ts";

const ACTS = [
  ["cp-2", "healthy"],
  ["cp-1", "etcd"],
  ["cp-3", "deny-403"],
  ["cp-1", "closed"],
  ["cp-3", "slam"],
  ["cp-1", "healthy"],
  ["cp-2", "etcd"],
  ["cp-3", "healthy"],
  ["cp-2", "starting"],
  ["cp-2", "healthy"],
] as const;

test("the page set to ten recorded moments of a real fleet shows what it showed live", async () => {
  const folder = await mkdtemp(join(tmpdir(), "haprobe-past-"));
  await using plane = await startControlPlane();
  await using haprobe = await startHaprobe([...plane.args, "--data-dir", join(folder, "state")]);
  await using browser = await DashboardBrowser.launch();
  const { page, messages } = await browser.open(`${haprobe.url}/`);
  const moments: { at: number; shown: PageMoment }[] = [];
  for (const [server, mode] of ACTS) {
    await plane.setMode(server, mode);
    await page.waitForTimeout(4_000);
    moments.push(await readSteadyMoment(page));
  }
  expect(new Set(moments.map(({ shown }) => JSON.stringify(shown))).size).toBeGreaterThanOrEqual(8);
  for (const { at, shown } of moments) {
    await page.goto(`${haprobe.url}/?at=${new Date(at).toISOString()}`);
    await page.locator(".past-banner").waitFor();
    await page.locator(".band-sentence").waitFor();
    expect(await readMoment(page), new Date(at).toISOString()).toEqual(shown);
  }
  expect(messages).toEqual([]);
  await rm(folder, { recursive: true, force: true });
});
