import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ControlPlane, startControlPlane, waitForVerdicts } from "../http/control-plane.ts";
import { type HaprobeProcess, startHaprobe } from "../support/haprobe-cli.ts";
import { DashboardBrowser } from "./dashboard-browser.ts";
import { type PageMoment, readMoment, readSteadyMoment } from "./page-moments.ts";

let folder: string;
let plane: ControlPlane;
let haprobe: HaprobeProcess;
let browser: DashboardBrowser;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "haprobe-past-"));
  plane = await startControlPlane();
  haprobe = await startHaprobe([...plane.args, "--data-dir", join(folder, "state")]);
  browser = await DashboardBrowser.launch();
  await waitForVerdicts(haprobe.url, { "cp-1": "agree-up", "cp-2": "false-up confirmed" });
});
afterAll(async () => {
  await browser?.[Symbol.asyncDispose]();
  await haprobe?.[Symbol.asyncDispose]();
  await plane?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

test("a past moment shows what the page showed then, says that it is the past, and is left by Now", async () => {
  const { page, messages } = await browser.open(`${haprobe.url}/`);
  const moments: { at: number; shown: PageMoment }[] = [];
  for (const [server, mode, verdict] of [
    ["cp-2", "healthy", "agree-up"],
    ["cp-1", "etcd", "false-up confirmed"],
    ["cp-3", "deny-403", "unknown"],
  ] as const) {
    await plane.setMode(server, mode);
    await waitForVerdicts(haprobe.url, { [server]: verdict });
    moments.push(await readSteadyMoment(page));
  }
  const [calm, broken] = moments;
  if (calm === undefined || broken === undefined) throw new Error("no moments");
  expect(new Set(moments.map(({ shown }) => JSON.stringify(shown))).size).toBe(3);

  // As by a link that was shared.
  await page.goto(`${haprobe.url}/?at=${new Date(broken.at).toISOString()}`);
  await page.locator(".past-banner").waitFor();
  await page.locator(".band-sentence").waitFor();
  expect(await readMoment(page)).toEqual(broken.shown);
  expect(await page.locator(".past-banner").textContent()).toContain("This is the past");
  expect(await page.getByRole("button", { name: "Acknowledge" }).first().isDisabled()).toBe(true);
  expect(await page.locator(".action-line").count()).toBe(0);
  // The title is about now.
  await expect.poll(() => page.title()).toMatch(/^\(\d\) cp-\d false-up · haprobe$/);

  // Step by step back to before cp-1 failed, and forward again to the present.
  const momentOf = (): string | null => new URL(page.url()).searchParams.get("at");
  for (let steps = 0; steps < 20 && (momentOf() ?? "") > new Date(calm.at).toISOString(); steps += 1) {
    const before = momentOf();
    await page.keyboard.press("ArrowLeft");
    await expect.poll(momentOf).not.toBe(before);
    await page.locator(`.past-banner time[datetime="${momentOf()}"]`).waitFor();
  }
  for (let steps = 0; steps < 40 && momentOf() !== null; steps += 1) {
    const before = momentOf();
    await page.keyboard.press("ArrowRight");
    await expect.poll(momentOf).not.toBe(before);
  }
  await expect.poll(() => page.locator(".past-banner").count()).toBe(0);
  expect((await readMoment(page)).sentence).toBe(moments[2]?.shown.sentence);

  // By the handle on the axis.
  const handle = page.getByRole("slider", { name: "Moment that the page shows" });
  const box = await handle.boundingBox();
  if (box === null) throw new Error("the axis has no handle");
  await page.mouse.click(box.x + box.width - 3, box.y + box.height / 2);
  await page.locator(".past-banner").waitFor();
  await expect.poll(momentOf).not.toBeNull();
  await page.getByRole("button", { name: "Now", exact: true }).click();
  await expect.poll(() => page.locator(".past-banner").count()).toBe(0);
  await expect.poll(momentOf).toBeNull();
  expect(messages).toEqual([]);
  await page.context().close();
});

test("a wall screen of a past moment shows that moment, says so, and is left by Now", async () => {
  const { page } = await browser.open(`${haprobe.url}/`);
  await plane.setMode("cp-1", "healthy");
  await plane.setMode("cp-2", "healthy");
  await waitForVerdicts(haprobe.url, { "cp-1": "agree-up", "cp-2": "agree-up" });
  const { at, shown } = await readSteadyMoment(page);
  await plane.setMode("cp-1", "etcd");
  await waitForVerdicts(haprobe.url, { "cp-1": "false-up confirmed" });

  await page.goto(`${haprobe.url}/?kiosk=1&at=${new Date(at).toISOString()}`);
  await page.locator(".kiosk-backend").first().waitFor();
  expect(await page.locator("h1").innerText()).toBe(shown.sentence);
  expect(await page.locator(".past-banner").innerText()).toContain("This is the past");
  expect(await page.locator(".kiosk-foot").innerText()).not.toContain("probes");
  await page.keyboard.press("ArrowRight");
  await expect.poll(() => new URL(page.url()).searchParams.get("at")).not.toBe(new Date(at).toISOString());
  await page.getByRole("button", { name: "Now", exact: true }).click();
  await expect.poll(() => page.locator("h1").innerText()).toContain("cp-1 is UP in HAProxy but failing");
  await page.context().close();
});

test.each([
  ["2001-01-01T00:00:00Z", /^This is the past: 1 Jan 2001/, /^Nothing was recorded at this time\./],
  [
    "2099-01-01T00:00:00Z",
    /^This time is in the future: 1 Jan 2099 [^(]*\. It cannot be shown\./,
    /^That moment could not be loaded\./,
  ],
  ["yesterday", /^The page shows the present\. The time in its address cannot be read: yesterday/, /UP|agree/],
])("a link to %s says what is wrong with its time", async (at, banner, content) => {
  const { page } = await browser.open(`${haprobe.url}/?at=${at}`, { waitFor: ".past-banner" });
  await expect.poll(() => page.locator(".past-banner p").innerText()).toMatch(banner);
  await expect.poll(() => page.locator("main").innerText()).toMatch(content);
  await page.locator(".past-banner").getByRole("button").last().click();
  await expect.poll(() => page.locator(".past-banner").count()).toBe(0);
  await page.context().close();
});
