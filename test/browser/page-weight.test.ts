import { expect, test } from "vitest";
import { DashboardBrowser } from "./dashboard-browser.ts";
import { problemsOf } from "./pages-scene.ts";
import { startHaprobe } from "./real-haprobe.ts";

interface Resource {
  readonly name: string;
  readonly bytes: number;
  readonly whole: number;
}

test("the page travels compressed: at most 180 kB of JavaScript and 90 kB of fonts, charts only when they are opened; all from its own origin, and it can be installed", async () => {
  await using browser = await DashboardBrowser.launch({ isCompressed: true });
  await using haprobe = await startHaprobe(
    'haproxy: [{name: lb-1, stats: "unix:/nonexistent/haproxy.sock"}]',
    browser.webRoot,
  );
  const { page, messages } = await browser.open(haprobe.url, { waitFor: ".first-run" });
  await page.waitForLoadState("networkidle");
  const loaded: Resource[] = await page.evaluate(
    `performance.getEntriesByType("resource").map(({ name, encodedBodySize, decodedBodySize }) =>
      ({ name: new URL(name).pathname, bytes: encodedBodySize, whole: decodedBodySize }))`,
  );
  const origins: string[] = await page.evaluate(
    `[...new Set(performance.getEntriesByType("resource").map(({ name }) => new URL(name).origin))]`,
  );
  expect(origins).toEqual([new URL(haprobe.url).origin]);
  const of = (ending: string): readonly Resource[] => loaded.filter(({ name }) => name.endsWith(ending));
  const sum = (resources: readonly Resource[]): number => resources.reduce((total, { bytes }) => total + bytes, 0);
  expect(of(".woff2").length).toBeGreaterThan(0);
  expect(sum(of(".woff2"))).toBeLessThanOrEqual(90_000);
  expect(of(".js").some(({ bytes }) => bytes > 100_000)).toBe(true);
  expect(sum(of(".js"))).toBeLessThanOrEqual(180_000);
  for (const { bytes, whole } of [...of(".js"), ...of(".css")])
    if (whole > 2_000) expect(bytes).toBeLessThan(whole / 2);
  expect(of(".js").filter(({ name }) => /chart|drawer|settings/.test(name))).toEqual([]);

  // As a browser does that is to install it.
  const href = (await page.locator('link[rel="manifest"]').getAttribute("href")) ?? "";
  const manifest = (await (await fetch(new URL(href, haprobe.url))).json()) as {
    readonly display: string;
    readonly start_url: string;
    readonly icons: readonly { readonly src: string; readonly sizes: string }[];
  };
  expect([manifest.display, manifest.start_url]).toEqual(["standalone", "."]);
  expect(manifest.icons.map(({ sizes }) => sizes)).toContain("512x512");
  for (const { src } of manifest.icons) {
    const { status, headers } = await fetch(new URL(src, haprobe.url));
    expect([src, status, headers.get("content-type")]).toEqual([src, 200, "image/png"]);
  }
  expect(await problemsOf(page)).toEqual([]);
  expect(messages).toEqual([]);
});
