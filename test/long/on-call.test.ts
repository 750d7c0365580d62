import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DashboardBrowser } from "../browser/dashboard-browser.ts";
import { RealFleet } from "../browser/real-fleet.ts";
import type { Haprobe } from "../browser/real-haprobe.ts";
import { playScene } from "../browser/scene.ts";
import { SCENES, WIDTHS } from "../browser/scenes.ts";

let browser: DashboardBrowser;
beforeAll(async () => {
  browser = await DashboardBrowser.launch();
});
afterAll(() => browser?.[Symbol.asyncDispose]());

describe.each([200, 1_000, 10_000])("among %d servers", (size) => {
  let fleet: RealFleet;
  beforeAll(async () => {
    fleet = await RealFleet.start(size);
  });
  afterAll(() => fleet?.[Symbol.asyncDispose]());

  describe.each(WIDTHS)("at %d px", (width) => {
    describe("while nothing fails", () => {
      let haprobe: Haprobe;
      beforeAll(async () => {
        haprobe = await fleet.serve(browser.webRoot);
      });
      afterAll(() => haprobe?.[Symbol.asyncDispose]());

      test.each(SCENES.filter(({ isQuiet }) => isQuiet))("$rule", async (scene) => {
        expect(await playScene(scene, { browser, fleet, width, haprobe })).toEqual([]);
      });
    });

    test.each(SCENES.filter(({ isQuiet }) => !isQuiet))("$rule", async (scene) => {
      expect(await playScene(scene, { browser, fleet, width })).toEqual([]);
    });
  });
});
