import { expect } from "vitest";
import type { ServerStatus } from "../../server/contract/status.ts";
import { clippedTexts, tabState, unfoldCards, UNKNOWN_TAB, visiblePart } from "./page-queries.ts";
import { LONG } from "./real-fleet-config.ts";
import { startHaprobe } from "./real-haprobe.ts";
import type { Scene } from "./scene.ts";
import { redPart } from "./strip-pixels.ts";

const CP2 = "lb-1/k8s-api/cp-2";
const MARKUP = `<img src=x onerror="ran=1"><script>ran=1</script><b>bold</b>`;
/** By then the store has what the page asked for too early, also on a busy machine. */
const STORED_MS = 30_000;
const FAILING_CHECKS = Array.from({ length: 57 }, (_, n) => `check-number-${n}`);

/** Where the drawer is, and whether it is what is seen there. */
const DRAWER_PLACES = `(() => {
  const drawer = document.querySelector(".drawer");
  const { left, right, bottom } = drawer.getBoundingClientRect();
  const at = (y) => drawer.contains(document.elementFromPoint((left + right) / 2, y));
  return { left, right, bottom, isOnTop: [0.3, 0.6, 0.9].map((part) => at(part * innerHeight)) };
})()`;

/** What would hinder an operator. */
export const HINDERING: readonly Scene[] = [
  {
    rule: "behind a reverse proxy the page is live, also without a slash at the end of its address",
    options: { isBehindProxies: true },
    async play({ fleet, open }) {
      for (const [kind, path] of [
        ["strips the path", "/haprobe"],
        ["strips the path", "/haprobe/"],
        ["keeps the path", "/haprobe"],
        ["rewrites Host", "/haprobe/"],
      ] as const) {
        const page = await open(`http://localhost:${fleet.proxyPort(kind)}${path}`);
        await fleet.fail("old-1", "etcd");
        await page.locator('.card[aria-label="False UP: old-1"]').waitFor();
        expect(await page.getByText("No live updates").count()).toBe(0);
        await page.context().close();
        await fleet.heal("old-1");
      }
    },
  },
  {
    rule: "behind a proxy that refuses WebSockets the page polls the list, and behind one of another path it says what to configure",
    options: { isBehindProxies: true },
    hasErrors: true,
    async play({ fleet, open }) {
      const page = await open(`http://localhost:${fleet.proxyPort("refuses WebSockets")}/haprobe/`);
      await page.getByText("No live updates (websocket error).").waitFor();
      expect(await page.locator(".banner").innerText()).toMatch(/public-url or allowed-hosts/);
      await fleet.fail("old-1", "etcd");
      await page.locator('.card[aria-label="False UP: old-1"]').waitFor();
      const address = `http://localhost:${fleet.proxyPort("strips another path")}/ops/`;
      const blank = await open(address, { waitFor: "body p" });
      expect(await blank.locator("body").innerText()).toMatch(/did not load[^]*public-url/);
    },
  },
  {
    rule: "a host name that haprobe does not know gets a page that says what to configure",
    isQuiet: true,
    hasErrors: true,
    async play({ haprobe, open }) {
      const page = await open(`http://haprobe.test:${haprobe.port}/`, { waitFor: "h1" });
      expect(await page.locator("body").innerText()).toMatch(/does not answer to this host name[^]*allowed-hosts/);
    },
  },
  {
    rule: "a strip shows what was before the page was opened, flaps too, and still does after a reload",
    isRecorded: true,
    async play({ fleet, haprobe, open }) {
      await fleet.fail("cp-2", "etcd");
      await haprobe.until(({ confirmed }) => confirmed >= 3);
      await fleet.heal("cp-2");
      // The page is opened before the store has the flap.
      await haprobe.until(({ confirmed }) => confirmed === 0);
      const page = await open("?q=cp-2");
      const strip = page.locator(`[data-key="${CP2}"] canvas`);
      for (const when of ["once it is opened", "after a reload"]) {
        await expect
          .poll(() => strip.getAttribute("aria-label"), { message: `what the strip says ${when}`, timeout: STORED_MS })
          .toMatch(/agreed except .* for .*, False UP/);
        await expect.poll(() => redPart(page, CP2), { message: `what is red ${when}` }).not.toBeNull();
        await page.reload();
      }
    },
  },
  {
    rule: "a restart of haprobe keeps since, sessions and the strip of a mismatch, and the page goes on",
    isRecorded: true,
    hasErrors: true,
    async play({ browser, fleet, haprobe: first, dataDir, open }) {
      await fleet.fail("cp-2", "etcd");
      await first.until(({ confirmed }) => confirmed >= 2);
      await fleet.heal("cp-2");
      await first.until(({ confirmed }) => confirmed === 0);
      await fleet.fail("cp-2", "etcd");
      await first.until(({ confirmed }) => confirmed >= 2);
      const page = await open(first.url);
      await fleet.connectClients(30);
      const card = page.locator('.card[aria-label="False UP: cp-2"]');
      const facts = card.locator(".card-facts li").first();
      await expect.poll(() => facts.textContent()).toMatch(/^[1-9]\d/);
      const since = await card.locator(".card-since").textContent();
      const sessions = Number.parseInt((await facts.textContent()) ?? "", 10);
      const sinceOf = async (): Promise<string> => {
        const response = await fetch(`${first.url}api/v1/server?key=${CP2}`);
        return ((await response.json()) as ServerStatus).since;
      };
      const drawer = await open(`${first.url}servers/${CP2}`);
      await drawer.locator(".drawer-sentence").waitFor();
      await drawer.evaluate("Promise.all(document.getAnimations().map(({ finished }) => finished))");
      const places = (): Promise<unknown> => drawer.evaluate(DRAWER_PLACES);
      const before = await places();
      const exactly = await sinceOf();
      await first[Symbol.asyncDispose]();
      await page.locator(".page-disconnected").waitFor();
      // What is grey then stays where it was, above the list.
      await drawer.locator(".page-disconnected").waitFor();
      await expect.poll(places).toEqual(before);
      await drawer.context().close();
      await using _second = await fleet.serve(browser.webRoot, { dataDir, port: first.port });
      await page.locator(".page:not(.page-disconnected)").waitFor();
      await page.reload();
      await expect.poll(() => card.locator(".card-since").textContent()).toBe(since);
      // A mismatch is confirmed anew before it goes on.
      await expect.poll(sinceOf).toBe(exactly);
      await expect
        .poll(async () => Number.parseInt((await facts.textContent()) ?? "", 10))
        .toBeGreaterThanOrEqual(sessions);
      await page.locator(`[data-key="${CP2}"]`).scrollIntoViewIfNeeded();
      await expect.poll(() => redPart(page, CP2)).not.toBeNull();
      // A flap before the page was opened was recorded.
      const strip = page.locator(`[data-key="${CP2}"] canvas`);
      await expect
        .poll(() => strip.getAttribute("aria-label"))
        .toMatch(/agreed except .* for .* and since .*, False UP/);
    },
  },
  {
    rule: "without a server, a configured HAProxy is not to be configured again",
    isQuiet: true,
    hasErrors: true,
    async play({ browser, open }) {
      await using unreachable = await startHaprobe(
        'haproxy: [{name: lb-1, stats: "unix:/nonexistent/haproxy.sock"}]',
        browser.webRoot,
      );
      const page = await open(unreachable.url, { waitFor: ".first-run" });
      await page.getByText(/no such file/).waitFor();
      const text = (): Promise<string> => page.locator(".first-run").innerText();
      await expect.poll(text).toContain("stats socket /nonexistent/haproxy.sock mode 660 level user");
      expect(await text()).not.toContain("haprobe serve --haproxy");
      await expect.poll(() => page.locator(".first-run-cause").innerText()).toContain("Correct the path in stats:");
      await expect.poll(() => tabState(page)).toEqual(UNKNOWN_TAB);
    },
  },
  {
    rule: "without any HAProxy it says what was tried and how each answered, and the steps",
    isQuiet: true,
    hasErrors: true,
    async play({ browser, open }) {
      await using unset = await startHaprobe("log-level: info", browser.webRoot, {
        tried: [
          { stats: "unix:/run/haproxy/admin.sock", result: "no such file" },
          { stats: "http://127.0.0.1:8404/stats", result: "connection refused" },
        ],
      });
      const page = await open(unset.url, { waitFor: ".first-run" });
      const tries = page.locator(".first-run-tries > div");
      await expect
        .poll(async () => (await tries.allInnerTexts()).map((text) => text.replaceAll(/\s+/g, " ")))
        .toEqual(["unix:/run/haproxy/admin.sock no such file", "http://127.0.0.1:8404/stats connection refused"]);
      await expect
        .poll(() => page.locator(".first-run-steps code").allInnerTexts())
        .toEqual([
          "global\n    stats socket /run/haproxy/admin.sock mode 660 level user",
          "haprobe serve --haproxy unix:/run/haproxy/admin.sock",
        ]);
    },
  },
  {
    rule: "a search that matches nothing and then something keeps the focus",
    isQuiet: true,
    async play({ open }) {
      const page = await open("?q=app-4");
      // The row that had the focus is among those that come back.
      await page.keyboard.press("j");
      await page.locator("[data-group]:focus").waitFor();
      await page.keyboard.press("/");
      await page.keyboard.press("End");
      await page.keyboard.type("x");
      await page.getByText("No server matches.").waitFor();
      await page.keyboard.press("Backspace");
      await page.locator('[data-key="lb-1/app/app-4"]').waitFor();
      await page.keyboard.type("p");
      await expect.poll(() => page.getByRole("searchbox").inputValue()).toBe("app-4p");
    },
  },
  {
    rule: "a drained server that passes its probe offers the command that restores it, and the command does",
    async play({ fleet, open }) {
      await fleet.drain("k8s-api/cp-2");
      const page = await open("?q=cp-2");
      await page.getByText("cp-2 is out of service but passes its probe").waitFor();
      const drawer = await open(`servers/${CP2}`);
      const command = await drawer.getByRole("region", { name: "Mitigate" }).locator("code").first().textContent();
      const [, line = ""] = /^echo '(set server k8s-api\/cp-2 state ready)' \| socat /.exec(command ?? "") ?? [];
      await fleet.command(line);
      await page.locator(`[data-key="${CP2}"].row-agree-up`).waitFor();
      await page.getByText("cp-2 is out of service but passes its probe").waitFor({ state: "detached" });
    },
  },
  {
    rule: "over plain HTTP, Copy takes the command alone, and text selected elsewhere does not block a click on a strip",
    options: { config: "allowed-hosts: [haprobe.test]" },
    async play({ fleet, haprobe, open }) {
      await fleet.fail("cp-2", "etcd");
      await haprobe.until(({ confirmed }) => confirmed >= 2);
      const page = await open(`http://haprobe.test:${haprobe.port}/`);
      expect(await page.evaluate("isSecureContext")).toBe(false);
      await unfoldCards(page);
      const copy = page.getByRole("button", { name: "Copy: set server k8s-api/cp-2 state drain" });
      await copy.click();
      await page.getByRole("button", { name: /^Copied/ }).waitFor();
      await page.keyboard.press("/");
      await page.keyboard.press("Control+v");
      const search = page.getByRole("searchbox");
      await expect.poll(() => search.inputValue()).toBe("set server k8s-api/cp-2 state drain");
      await search.fill("cp-2");
      await page.evaluate("getSelection().selectAllChildren(document.querySelector('h1'))");
      await page.locator(`[data-key="${CP2}"] canvas`).click();
      await page.getByRole("complementary", { name: `Server ${CP2}` }).waitFor();
    },
  },
  {
    rule: "one machine behind two HAProxies and in two backends is one fault: one row while it is pending, one card with both backends' sessions",
    async play({ fleet, haprobe, open }) {
      const page = await open();
      await page.evaluate(`(() => {
        window.pending = 0;
        new MutationObserver(() => {
          const rows = document.querySelectorAll(".unconfirmed-row:not(.unconfirmed-place)").length;
          window.pending = Math.max(window.pending, rows);
        }).observe(document.body, { subtree: true, childList: true, characterData: true });
      })()`);
      await fleet.fail("cp-2", "etcd");
      await page.getByRole("heading", { name: "cp-2 is UP in HAProxy but failing /readyz (etcd)" }).waitFor();
      await haprobe.until(({ confirmed }) => confirmed === 3);
      expect(await page.evaluate("window.pending")).toBeLessThanOrEqual(1);
      const card = page.locator(".card");
      await expect
        .poll(() => card.locator(".card-location").textContent())
        .toMatch(/k8s-api and k8s-join on lb-1 and lb-2/);
      expect(await card.count()).toBe(1);
      await fleet.connectClients(30);
      await expect
        .poll(() => card.locator(".card-facts li").first().textContent())
        .toMatch(/^[12]\dsessions sent to it through 2 backends, \d+ open now$/);
      await expect
        .poll(() => card.locator(".card-facts li").nth(1).textContent())
        .toMatch(/^\d+ %of k8s-(api|join)'s new sessions$/);
    },
  },
  {
    rule: "false-downs of one backend with the same check result share a card, with a command each that is copied",
    async play({ fleet, haprobe, open, width }) {
      const page = await open();
      for (const n of [1, 2, 3]) await fleet.denyCheck(`app-${n}`);
      await haprobe.until(({ confirmed }) => confirmed === 3);
      await expect.poll(() => page.locator(".card-name").allTextContents()).toEqual(["app-1, app-2 and app-3"]);
      expect(await clippedTexts(page, ".card-name .truncate")).toEqual([]);
      await expect.poll(() => page.locator(".card-facts").textContent()).toContain("−75 %");
      if (width < 600) await page.getByRole("button", { name: "What to do" }).click();
      for (const n of [1, 2, 3]) {
        const command = `set server app/app-${n} health up; disable health app/app-${n}`;
        await page.getByRole("button", { name: `Copy: ${command}` }).click();
        await expect.poll(() => page.evaluate("navigator.clipboard.readText()")).toBe(command);
      }
      const actions = await page.locator(".card-actions").textContent();
      expect(actions).toContain("HAProxy then does not check it until");
      for (const n of [1, 2, 3]) expect(actions).toContain(`enable health app/app-${n}`);
    },
  },
  {
    rule: "a counter that filters the table brings the table into view, below six cards",
    async play({ fleet, haprobe, open, width }) {
      for (const n of [0, 1, 2, 3, 4, 5]) await fleet.fail(`batch-${n}`, "etcd");
      await fleet.fail("img-1", "deny-401");
      await haprobe.until(({ confirmed, verdicts }) => confirmed === 24 && verdicts.unknown === 1);
      const page = await open();
      await expect.poll(() => page.locator(".card").count()).toBe(6);
      if (width < 600) await page.getByRole("button", { name: "more", exact: true }).click();
      await page.getByRole("button", { name: /^1 ?Unknown/ }).click();
      await expect.poll(() => page.locator("[data-key]").count()).toBe(1);
      await expect.poll(() => visiblePart(page, "[data-key]")).toBe(1);
    },
  },
  {
    rule: "names of 60 characters stay distinguishable, and no age or duration is cut off",
    options: { names: [`${LONG}lb-1`, `${LONG}lb-2`] },
    async play({ fleet, haprobe, open, width }) {
      for (const end of ["alpha", "bravo", "gamma"]) await fleet.fail(`${LONG}${end}`, "etcd");
      await haprobe.until(({ confirmed }) => confirmed === 3);
      const page = await open("?q=payments");
      await expect.poll(() => page.locator(".row .name-end").count()).toBeGreaterThanOrEqual(3);
      const selector = ".name-end, .card-duration, .band-duration, .age-value";
      await expect.poll(() => clippedTexts(page, selector)).toEqual([]);
      // An end without the ellipsis before it would pass for a name.
      const starts: number[] =
        await page.evaluate(`[...document.querySelectorAll(":is(.card-name, .cell-name) .name-start")]
        .filter((node) => node.checkVisibility()).map((node) => node.clientWidth)`);
      expect(Math.min(...starts)).toBeGreaterThan(15);
      if (width >= 1_280) {
        const ages = page.locator(".top-status > .fitting-line .name");
        await expect.poll(() => ages.allTextContents()).toEqual(["lb-1", "lb-2"]);
      }
      // A short name of a backend is whole beside a long one of its HAProxy.
      await expect
        .poll(() => page.locator("[data-group] .group-name b .truncate:not(.name-start)").count())
        .toBeGreaterThan(0);
      expect(await clippedTexts(page, "[data-group] .group-name b .truncate:not(.name-start)")).toEqual([]);
      const ends = await page.locator(".row .cell-name .name-end").allTextContents();
      expect(
        ends
          .slice(0, 3)
          .map((end) => end.slice(-5))
          .sort(),
      ).toEqual(["alpha", "bravo", "gamma"]);
      expect(await page.evaluate("document.documentElement.scrollWidth - innerWidth")).toBe(0);
    },
  },
  {
    rule: "Escape inside a drawer closes it and returns the focus to its row; back opens it again",
    async play({ fleet, haprobe, open }) {
      await fleet.fail("cp-2", "etcd");
      await haprobe.until(({ confirmed }) => confirmed >= 2);
      const page = await open();
      await page.locator(`[data-key="${CP2}"]`).click();
      await page.getByRole("region", { name: "Response body" }).locator("pre").focus();
      await page.keyboard.press("Escape");
      await page.locator(`[data-key="${CP2}"]:focus`).waitFor();
      await expect.poll(() => page.getByRole("complementary").count()).toBe(0);
      await page.goBack();
      await page.getByRole("complementary").waitFor();
    },
  },
  {
    rule: "of 57 failing checks the first are named, the actions stay near, and markup in a body is text",
    async play({ fleet, haprobe, open, width }) {
      const body = `${FAILING_CHECKS.map((name) => `[-]${name} failed: reason withheld`).join("\n")}\nreadyz check failed\n`;
      await fleet.fail("cp-2", { kind: "status", status: 500, body });
      await fleet.fail("old-1", { kind: "status", status: 500, body: MARKUP });
      await haprobe.until(({ confirmed }) => confirmed >= 4);
      const page = await open(`servers/${CP2}`);
      const probed = page.getByRole("region", { name: "haprobe saw" });
      await expect.poll(() => probed.textContent()).toMatch(/check-number-0.* and 54 more/);
      const top = "document.querySelector('[aria-label=Mitigate]').getBoundingClientRect().top";
      await expect.poll(() => page.evaluate(top)).toBeLessThan(width < 600 ? 1_500 : 900);
      const drawer = await open("servers/lb-1/legacy-app/old-1");
      const shown = drawer.getByRole("region", { name: "Response body" });
      await expect.poll(() => shown.innerText()).toContain(MARKUP);
      expect(await shown.locator("img, script, b").count()).toBe(0);
      expect(await drawer.evaluate("window.ran")).toBe(undefined);
    },
  },
];
