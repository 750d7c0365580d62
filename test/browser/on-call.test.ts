import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DashboardBrowser } from "./dashboard-browser.ts";
import { RealFleet } from "./real-fleet.ts";
import type { Haprobe } from "./real-haprobe.ts";
import { playScene } from "./scene.ts";
import { SCENES, WIDTHS } from "./scenes.ts";

let browser: DashboardBrowser;
let fleet: RealFleet;
beforeAll(async () => {
  [browser, fleet] = await Promise.all([DashboardBrowser.launch(), RealFleet.start(200)]);
});
afterAll(async () => {
  await browser?.[Symbol.asyncDispose]();
  await fleet?.[Symbol.asyncDispose]();
});

// Each at one width in turn; the long lane plays them at all widths and sizes.
const SHORT = SCENES.filter(({ isLong }) => !isLong).map((scene, n) => ({
  ...scene,
  width: WIDTHS[n % WIDTHS.length] ?? 1440,
}));

describe("while nothing fails", () => {
  let haprobe: Haprobe;
  beforeAll(async () => {
    haprobe = await fleet.serve(browser.webRoot);
  });
  afterAll(() => haprobe?.[Symbol.asyncDispose]());

  test.each(SHORT.filter(({ isQuiet }) => isQuiet))(
    "$rule ($width px)",
    async ({ width, ...scene }) => {
      expect(await playScene(scene, { browser, fleet, width, haprobe })).toEqual([]);
    },
    240_000,
  );
});

test.each(SHORT.filter(({ isQuiet }) => !isQuiet))(
  "$rule ($width px)",
  async ({ width, ...scene }) => {
    expect(await playScene(scene, { browser, fleet, width })).toEqual([]);
  },
  240_000,
);
