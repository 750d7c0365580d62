import { afterAll, beforeAll, expect, test } from "vitest";
import { falseUpApiserver, sampleInstance, sampleServer } from "../web/sample-fleet.ts";
import { DashboardBrowser } from "./dashboard-browser.ts";
import { clippedTexts } from "./page-queries.ts";

const BACKENDS = 60;

let browser: DashboardBrowser;
beforeAll(async () => {
  browser = await DashboardBrowser.launch();
});
afterAll(() => browser?.[Symbol.asyncDispose]());

test("a wall screen is dark, fits its window, names a mismatch at once and hides the pointer", async () => {
  const now = Date.now();
  const servers = Array.from({ length: BACKENDS }, (_, n) => sampleServer(now, { backend: `backend-${n}` }));
  await using feed = await browser.serve(servers, [sampleInstance(now)]);
  const { page, messages } = await browser.open(`${feed.url}?kiosk=1`, {
    width: 2560,
    height: 1440,
    waitFor: ".kiosk-backends > *",
  });
  const attribute = "document.documentElement.getAttribute('data-mantine-color-scheme')";
  expect(await page.evaluate(attribute)).toBe("dark");
  expect(await page.getByRole("navigation").count()).toBe(0);
  expect(await page.locator(".kiosk-counter").count()).toBe(7);
  await expect.poll(() => page.evaluate("document.documentElement.scrollHeight <= innerHeight")).toBe(true);

  const sentence = (): Promise<string | null> => page.locator("h1").textContent();
  expect(await sentence()).toContain("agree");
  const failing = ["a", "b", "c", "d", "e", "f", "g"].map((name, n) =>
    falseUpApiserver(now, {
      server: name,
      backend: `backend-${n}`,
      address: `10.0.0.${n}:6443`,
      subject: `10.0.0.${n}:6443`,
    }),
  );
  feed.publish(failing.slice(0, 1));
  await expect.poll(sentence).toBe("a is UP in HAProxy but failing /readyz (etcd)");
  feed.publish(failing.slice(1));
  await expect.poll(() => page.locator(".kiosk-line").count()).toBe(5);
  expect(await page.locator(".kiosk-more").textContent()).toBe("+2 more");
  // What both say is one line of text beside the name.
  const linesOfSides = `[...document.querySelectorAll(".kiosk-sides")].map((node) => {
    const range = document.createRange();
    range.selectNodeContents(node);
    return new Set([...range.getClientRects()].map(({ bottom }) => Math.round(bottom / 10))).size;
  })`;
  expect(await page.evaluate(linesOfSides)).toEqual([1, 1, 1, 1, 1]);

  await page.locator(".kiosk-idle").waitFor();
  await page.mouse.move(100, 100);
  await page.locator(".kiosk:not(.kiosk-idle)").waitFor();
  expect(messages).toEqual([]);
  await page.context().close();
});

test("on a wall screen a server that two HAProxies have is one line, also while it is pending", async () => {
  const now = Date.now();
  const pending = ["lb-1", "lb-2"].map((instance) =>
    falseUpApiserver(now, { instance, key: `${instance}/k8s-api/cp-2`, phase: "suspected", tone: "warning" }),
  );
  await using feed = await browser.serve(pending, [sampleInstance(now), sampleInstance(now, { name: "lb-2" })]);
  const { page } = await browser.open(`${feed.url}?kiosk=1`, { width: 1920, height: 1080, waitFor: ".kiosk-line" });
  expect(await page.locator(".kiosk-line").allInnerTexts()).toEqual([
    expect.stringMatching(/^cp-2\s+k8s-api: UP L4OK, but 500 etcd\s+suspected/),
  ]);
  await page.context().close();
});

test("a wall screen says what is not known, names a silent HAProxy first, and long names keep their ends", async () => {
  const now = Date.now();
  const long = "payments-gateway-production-frankfurt-availability-zone-";
  const servers = [
    ...["a", "b"].map((server) => sampleServer(now, { backend: "denied", server, verdict: "unknown" })),
    ...["alpha", "bravo"].flatMap((end) => [
      sampleServer(now, { backend: `${long}${end}` }),
      falseUpApiserver(now, { server: `${long}${end}`, address: `${end}:1`, subject: `${end}:1` }),
    ]),
  ];
  const instances = Array.from({ length: 8 }, (_, n) => sampleInstance(now, { name: `${long}lb-${n}` }));
  const silent = sampleInstance(now, { name: `${long}lb-8`, state: "failing" });
  await using feed = await browser.serve(servers, [...instances.slice(5), silent, sampleInstance(now)]);
  const sentence = "The configuration is broken; the last good one stays in force: line 3";
  const subject = { instance: null, backend: null, server: null };
  const since = new Date(now).toISOString();
  feed.findings = [{ id: "config-broken", code: "config-broken", subject, sentence, advice: "", since, vantages: [] }];
  const { page } = await browser.open(`${feed.url}?kiosk=1`, {
    width: 1920,
    height: 1080,
    waitFor: ".kiosk-backends > *",
  });
  await page.locator(".banner-finding", { hasText: sentence }).waitFor();
  const denied = page.locator(".kiosk-backend", { hasText: "denied" }).locator(".kiosk-good");
  await expect.poll(() => denied.textContent()).toBe("? of 2");
  expect(await page.locator(".kiosk-foot-age").first().textContent()).toContain("lb-8");
  const short = ":is(.kiosk-backend-name, .kiosk-foot) .truncate:not(.name-start)";
  const whole = `.name-end, .kiosk-duration, .kiosk-foot-right > *, ${short}`;
  await expect.poll(() => clippedTexts(page, whole)).toEqual([]);
  // Those that find no room are counted.
  const seen: number = await page.evaluate(`(() => {
    const { bottom } = document.querySelector(".kiosk-foot").getBoundingClientRect();
    return [...document.querySelectorAll(".kiosk-foot .name")].filter((name) => name.getBoundingClientRect().top < bottom).length;
  })()`);
  expect(seen).toBeGreaterThan(1);
  if (seen < 5) await expect.poll(() => page.locator(".kiosk-foot").textContent()).toContain(`+${5 - seen}`);
  for (const place of [".kiosk-line", ".kiosk-backend-name"]) {
    const ends = await page.locator(`${place} b .name-end`).allTextContents();
    expect(ends.map((end) => end.slice(-5)).sort(), place).toEqual(["alpha", "bravo"]);
  }
  await page.setViewportSize({ width: 390, height: 844 });
  await expect.poll(() => clippedTexts(page, `.kiosk-label, ${short}`)).toEqual([]);
  await page.context().close();
});
