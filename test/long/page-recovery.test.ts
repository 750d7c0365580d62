import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { Page } from "playwright-core";
import { DashboardBrowser } from "../browser/dashboard-browser.ts";
import { type PagesScene, startPagesScene } from "../browser/pages-scene.ts";
import { waitForVerdicts } from "../http/control-plane.ts";

const RIGHT_WITHIN_MS = 2_000;
/** Longer than the server waits for an answer to its ping. */
const SLEEP_MS = 25_000;
/** Until its first timer runs, a page that wakes does not know that it slept. */
const UNAWARE_MS = 400;

let scene: PagesScene;
let browser: DashboardBrowser;
let page: Page;
beforeAll(async () => {
  browser = await DashboardBrowser.launch();
  scene = await startPagesScene();
});
afterAll(async () => {
  await scene?.[Symbol.asyncDispose]();
  await browser?.[Symbol.asyncDispose]();
});
beforeEach(async () => {
  await scene.plane.setMode("cp-1", "healthy");
  await waitForVerdicts(scene.haprobe.url, { "cp-1": "agree-up", "cp-2": "false-up confirmed" });
  ({ page } = await browser.open(scene.haprobe.url, { waitFor: ".card" }));
  await page.locator('[data-key="lb-1/k8s-api/cp-1"].row-agree-up').waitFor();
  await page.evaluate(RECORD_FRAMES);
});

/** Frames with what the page says: whether it is live, and whether it knows that cp-1 fails. */
const RECORD_FRAMES = `(() => {
  window.recordedFrames = [];
  const look = () => {
    const isLive = document.querySelector(".page-disconnected") === null;
    const isRight = document.querySelector('[data-key="lb-1/k8s-api/cp-1"].row-false-up') !== null;
    window.recordedFrames.push({ at: performance.timeOrigin + performance.now(), isLive, isRight: isLive && isRight });
    requestAnimationFrame(look);
  };
  look();
})()`;

interface Frame {
  readonly at: number;
  readonly isLive: boolean;
  readonly isRight: boolean;
}

/** Lets cp-1 fail while the page cannot know; resolves with how long after it can it is right, and with the frames in which it looked live before. */
async function recover(
  begin: () => Promise<unknown>,
  end: () => Promise<unknown>,
): Promise<{ readonly delayMs: number; readonly falselyLive: readonly Frame[] }> {
  await begin();
  await scene.plane.setMode("cp-1", "etcd");
  await waitForVerdicts(scene.haprobe.url, { "cp-1": "false-up confirmed" });
  const from = Date.now();
  await end();
  const { rightAt, frames } = await framesUntilRight();
  const falselyLive = frames.filter(({ at, isLive }) => isLive && at > from + UNAWARE_MS && at < rightAt);
  return { delayMs: rightAt - from, falselyLive };
}

async function framesUntilRight(): Promise<{ readonly rightAt: number; readonly frames: readonly Frame[] }> {
  await page.locator('.page:not(.page-disconnected) [data-key="lb-1/k8s-api/cp-1"].row-false-up').waitFor();
  const frames = await page.evaluate<Frame[]>("window.recordedFrames");
  await page.context().close();
  return { frames, rightAt: frames.find(({ isRight }) => isRight)?.at ?? Number.NaN };
}

test("after a sleep the page is right within two seconds", async () => {
  const pids = await browser.pids();
  const signal = (name: NodeJS.Signals): void => pids.forEach((pid) => process.kill(pid, name));
  const { delayMs, falselyLive } = await recover(
    async () => {
      signal("SIGSTOP");
      await pause(SLEEP_MS);
    },
    async () => signal("SIGCONT"),
  );
  expect(delayMs).toBeLessThan(RIGHT_WITHIN_MS);
  expect(falselyLive).toEqual([]);
});

test("after a change of the network the page is right within two seconds", async () => {
  const { delayMs, falselyLive } = await recover(
    async () => {
      await page.context().setOffline(true);
      await page.locator(".page-disconnected").waitFor();
    },
    () => page.context().setOffline(false),
  );
  expect(delayMs).toBeLessThan(RIGHT_WITHIN_MS);
  expect(falselyLive).toEqual([]);
});

test("after haprobe was killed and started again the page is live within two seconds, and right as soon as haprobe is", async () => {
  await scene.haprobe.stop("SIGKILL");
  await page.locator(".page-disconnected").waitFor();
  await scene.plane.setMode("cp-1", "etcd");
  await scene.start();
  const startedAt = Date.now();
  await waitForVerdicts(scene.haprobe.url, { "cp-1": "false-up confirmed" });
  const from = Date.now();
  const { rightAt, frames } = await framesUntilRight();
  expect(rightAt - from).toBeLessThan(RIGHT_WITHIN_MS);
  const liveAgain = frames.find(({ at, isLive }) => isLive && at > startedAt);
  expect((liveAgain?.at ?? Number.NaN) - startedAt).toBeLessThan(RIGHT_WITHIN_MS);
});
