import { expect, test } from "vitest";
import { DashboardBrowser } from "./dashboard-browser.ts";
import { startHaprobe } from "./real-haprobe.ts";

interface Resource {
  readonly name: string;
  readonly bytes: number;
  readonly whole: number;
}

test("the page travels compressed: at most 180 kB of JavaScript and 90 kB of fonts, charts only when they are opened", async () => {
  await using browser = await DashboardBrowser.launch({ isCompressed: true });
  await using haprobe = await startHaprobe(
    'haproxy: [{name: lb-1, stats: "unix:/nonexistent/haproxy.sock"}]',
    browser.webRoot,
  );
  const { page } = await browser.open(haprobe.url, { waitFor: ".first-run" });
  await page.waitForLoadState("networkidle");
  const loaded: Resource[] = await page.evaluate(
    `performance.getEntriesByType("resource").map(({ name, encodedBodySize, decodedBodySize }) =>
      ({ name: new URL(name).pathname, bytes: encodedBodySize, whole: decodedBodySize }))`,
  );
  const of = (ending: string): readonly Resource[] => loaded.filter(({ name }) => name.endsWith(ending));
  const sum = (resources: readonly Resource[]): number => resources.reduce((total, { bytes }) => total + bytes, 0);
  expect(of(".woff2").length).toBeGreaterThan(0);
  expect(sum(of(".woff2"))).toBeLessThanOrEqual(90_000);
  expect(of(".js").some(({ bytes }) => bytes > 100_000)).toBe(true);
  expect(sum(of(".js"))).toBeLessThanOrEqual(180_000);
  for (const { bytes, whole } of [...of(".js"), ...of(".css")])
    if (whole > 2_000) expect(bytes).toBeLessThan(whole / 2);
  expect(of(".js").filter(({ name }) => /chart|drawer|settings/.test(name))).toEqual([]);
}, 60_000);
