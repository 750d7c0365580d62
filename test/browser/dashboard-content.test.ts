import { afterAll, beforeAll, expect, test } from "vitest";
import type { ServerStatus } from "../../server/contract/status.ts";
import { falseUpApiserver, healthyApiserver, sampleInstance, sampleServer } from "../web/sample-fleet.ts";
import { DashboardBrowser } from "./dashboard-browser.ts";

let browser: DashboardBrowser;
beforeAll(async () => {
  browser = await DashboardBrowser.launch();
}, 60_000);
afterAll(() => browser?.[Symbol.asyncDispose]());

const instances = (now: number, names = ["lb-1", "lb-2"]) => names.map((name) => sampleInstance(now, { name }));
const LONG = "payments-gateway-production-frankfurt-availability-zone-";

test("a drained server that passes its probe offers the command that restores it", async () => {
  const now = Date.now();
  const drained = healthyApiserver(now, {
    server: "cp-2",
    verdict: "out-of-service",
    reason: "drain",
    haproxy: { status: "DRAIN" },
  });
  await using feed = await browser.serve([healthyApiserver(now), drained], instances(now));
  const { page } = await browser.open(`${feed.url}?open=${drained.key}`);
  const mitigate = page.getByRole("region", { name: "Mitigate" });
  await mitigate.waitFor();
  expect(await mitigate.locator("code").first().textContent()).toBe(
    "echo 'set server k8s-api/cp-2 state ready' | socat stdio unix-connect:/run/haproxy/admin.sock",
  );
  await page.context().close();
});

test("the cure of a card stands on whole lines, and Copy takes exactly them", async () => {
  const now = Date.now();
  const server = falseUpApiserver(now);
  await using feed = await browser.serve([healthyApiserver(now), server], instances(now));
  const { page } = await browser.open(feed.url);
  await page.evaluate(
    "Object.defineProperty(navigator, 'clipboard', { value: { writeText: async (text) => { window.copied = text; } } })",
  );
  const block = page.locator(".card .code-block");
  const { height } = (await block.boundingBox()) ?? { height: 0 };
  expect(height).toBeLessThan((server.cure.length + 1) * 20);
  await block.getByRole("button").click();
  await block.getByRole("button", { name: /^Copied/ }).waitFor();
  expect(await page.evaluate("window.copied")).toBe(server.cure.join("\n"));
  await page.context().close();
});

test("one machine behind two instances is one fault, also before it is confirmed", async () => {
  const now = Date.now();
  const suspected = (instance: string): ServerStatus => falseUpApiserver(now, { instance, phase: "suspected" });
  await using feed = await browser.serve([suspected("lb-1"), suspected("lb-2")], instances(now));
  const { page } = await browser.open(feed.url);
  expect(await page.locator("h1").textContent()).toBe("cp-2 fails its probe; HAProxy has it UP");
  expect(await page.locator(".unconfirmed-row").count()).toBe(1);
  expect(await page.locator(".unconfirmed-location").textContent()).toContain("k8s-api on lb-1 and lb-2");
  await page.context().close();
});

test("false-downs of one backend with the same check result share a card", async () => {
  const now = Date.now();
  const down = (n: number): ServerStatus =>
    sampleServer(now, {
      server: `web-${n}`,
      verdict: "false-down",
      phase: "confirmed",
      reason: "haproxy-denied",
      haproxy: { status: "DOWN", checkStatus: "L7STS", checkCode: 401 },
    });
  await using feed = await browser.serve(
    [down(1), down(2), down(3), sampleServer(now, { server: "web-4" })],
    instances(now),
  );
  const { page } = await browser.open(feed.url);
  expect(await page.locator(".card-name").allTextContents()).toEqual(["web-1, web-2 and web-3"]);
  expect(await page.locator(".card-facts").textContent()).toContain("−75 %");
  await page.context().close();
});

test("sessions sent through two backends name both, and a share names its backend", async () => {
  const now = Date.now();
  const part = { misrouted: { sessions: 600, share: 0.25 } };
  const servers = [falseUpApiserver(now, part), falseUpApiserver(now, { ...part, backend: "k8s-join" })];
  await using feed = await browser.serve([...servers, healthyApiserver(now)], instances(now));
  const { page } = await browser.open(feed.url);
  const facts = await page.locator(".card-facts li").allTextContents();
  expect(facts[0]).toBe("1,200sessions sent to it through 2 backends, 76 open now");
  expect(facts[1]).toBe("25 %of k8s-api's new sessions");
  expect(await page.locator(".band-detail").textContent()).not.toContain("a quarter");
  await page.context().close();
});

test.each([390, 1024, 1440, 2560])("names of 60 characters stay distinguishable at %d px", async (width) => {
  const now = Date.now();
  const servers = ["alpha", "bravo", "gamma"].map((end, n) =>
    falseUpApiserver(now, {
      server: `${LONG}${end}`,
      backend: `${LONG}pool`,
      address: `10.0.0.${n}:443`,
      instance: `${LONG}lb.example.com`,
    }),
  );
  await using feed = await browser.serve(servers, instances(now, [`${LONG}lb.example.com`, `${LONG}lb-2.example.com`]));
  const { page } = await browser.open(feed.url, { width });
  const clipped = await page.evaluate(`(() => {
    const outside = (node) => {
      const { left, right } = node.getBoundingClientRect();
      for (let box = node.parentElement; box !== null; box = box.parentElement) {
        const edge = box.getBoundingClientRect();
        if (getComputedStyle(box).overflowX !== "visible" && (left < edge.left - 1 || right > edge.right + 1)) return true;
      }
      return false;
    };
    return [...document.querySelectorAll(".name-end, .card-duration, .band-duration, .age-value")]
      .filter((node) => node.getClientRects().length > 0 && outside(node))
      .map((node) => node.className + ": " + node.textContent);
  })()`);
  expect(clipped).toEqual([]);
  expect(await page.locator(".row .cell-name .name-end").first().textContent()).toMatch(/alpha$/);
  await page.context().close();
});

test("of 57 failing checks the first are named, and the actions stay near", async () => {
  const now = Date.now();
  const names = Array.from({ length: 57 }, (_, n) => `poststarthook/check-number-${n}`);
  const server = falseUpApiserver(now, {
    probe: { failing: names, body: names.map((name) => `[-]${name} failed`).join("\n") },
  });
  await using feed = await browser.serve([healthyApiserver(now), server], instances(now));
  const { page } = await browser.open(`${feed.url}?open=${server.key}`);
  const probed = page.getByRole("region", { name: "haprobe saw" });
  expect(await probed.textContent()).toContain("and 50 more");
  await expect
    .poll(() => page.evaluate("document.querySelector('[aria-label=Mitigate]').getBoundingClientRect().top"))
    .toBeLessThan(900);
  await page.context().close();
});

test("without a server, a configured HAProxy is not to be configured again", async () => {
  const now = Date.now();
  const error = { code: "HAPROBE_STATS_REFUSED", message: "permission denied", at: new Date(now).toISOString() };
  await using feed = await browser.serve([], [sampleInstance(now, { state: "failing", error, lastPollAt: null })]);
  const { page } = await browser.open(feed.url, { waitFor: ".first-run" });
  expect(await page.locator(".first-run").textContent()).toContain("permission denied");
  expect(await page.locator(".first-run").textContent()).not.toContain("haprobe serve --haproxy");
  await using empty = await browser.serve([], []);
  const { page: first } = await browser.open(empty.url, { waitFor: ".first-run" });
  expect(await first.locator(".first-run").textContent()).toContain("haprobe serve --haproxy");
  await page.context().close();
  await first.context().close();
});
