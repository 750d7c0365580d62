import { expect } from "vitest";
import { clippedTexts } from "./page-queries.ts";
import type { Scene } from "./scene.ts";

/** What an operator would stumble over. */
export const POLISH: readonly Scene[] = [
  {
    rule: "the head of a group sticks above its rows",
    isQuiet: true,
    async play({ open }) {
      const page = await open("?q=w-");
      await page.evaluate("window.scrollTo(0, document.body.scrollHeight / 2)");
      // Far enough from the next group.
      await page
        .locator('[data-key$="-15"]')
        .first()
        .evaluate((row) => row.scrollIntoView({ block: "center" }));
      const isHeadOfRow = `(() => {
        const bar = document.querySelector(".top-bar").getBoundingClientRect().bottom;
        const head = document.querySelector(".table-head").getBoundingClientRect().height;
        const at = (y) => document.elementFromPoint(innerWidth / 5, y)?.closest("[data-group], [data-key]")?.dataset;
        return at(bar + head + 16)?.group !== undefined && at(bar + head + 60)?.key?.startsWith(at(bar + head + 16).group + "/") === true;
      })()`;
      await expect.poll(() => page.evaluate(isHeadOfRow)).toBe(true);
    },
  },
  {
    rule: "a search that leaves a hundred rows renders only those near the viewport",
    isQuiet: true,
    async play({ open }) {
      const page = await open("?q=w-");
      await expect.poll(() => page.locator(".filters-count").textContent()).toMatch(/^\d?,?\d{3} of/);
      expect(await page.locator("[data-key]").count()).toBeLessThan(70);
    },
  },
  {
    rule: "the band, the cards and the group of one backend all say how many healthy servers it has now",
    async play({ fleet, haprobe, open }) {
      const page = await open();
      for (let n = 0; n < 9; n += 1) await fleet.fail(`batch-${n}`, "etcd");
      await haprobe.until(({ confirmed }) => confirmed === 36);
      const left = page.locator(".card-facts li:nth-child(3) b");
      await expect.poll(async () => [...new Set(await left.allTextContents())]).toEqual(["12 of 48"]);
      const healthy = page.locator('[data-group="lb-1/batch"] .group-healthy');
      await expect.poll(() => healthy.textContent()).toBe("12 of 48 healthy");
      await expect.poll(() => page.locator(".band").innerText()).toContain("batch has 12 of 48 healthy servers");
      await page.getByRole("button", { name: "and 3 more" }).waitFor();
    },
  },
  {
    rule: "at 200 % zoom there are a clock and strips of use, and nothing is cut off",
    isQuiet: true,
    async play({ open, width }) {
      for (const zoomed of new Set([720, Math.max(390, width / 2)])) {
        const page = await open("?q=cp", { width: zoomed, height: 450, scale: 2 });
        if (zoomed >= 600) await page.locator(".top-clock").waitFor();
        const strip = page.locator(".row canvas").first();
        await expect.poll(async () => (await strip.boundingBox())?.width).toBeGreaterThanOrEqual(80);
        await expect.poll(() => page.evaluate("document.documentElement.scrollWidth - innerWidth")).toBe(0);
      }
    },
  },
  {
    rule: "counters and names are whole",
    isQuiet: true,
    async play({ open, width }) {
      for (const px of [1024, 600, width]) {
        const page = await open("?q=cp", { width: px });
        expect(await clippedTexts(page, ".counter-label, .row .cell-name .name, .group-name b"), `${px} px`).toEqual(
          [],
        );
        if (px < 600) await page.getByRole("button", { name: "more", exact: true }).click();
        // Half a pixel too little makes an ellipsis.
        const cut: string[] = await page.evaluate(`[...document.querySelectorAll(".counter-label, .counter-number")]
          .filter((node) => {
            const text = document.createRange();
            text.selectNodeContents(node);
            const { width, height } = text.getBoundingClientRect();
            const box = node.getBoundingClientRect();
            return width > box.width || height > 24 || box.right > node.closest(".counters").getBoundingClientRect().right;
          })
          .map((node) => node.textContent)`);
        expect(cut, `${px} px`).toEqual([]);
      }
    },
  },
  {
    rule: "the band, the counters and the table have the same left edge, and the healthy counts of groups one column",
    isQuiet: true,
    async play({ open, width }) {
      const page = await open();
      const lefts: number[] = await page.evaluate(`[...document.querySelectorAll(".band > .glyph, .counters, .table")]
        .map((node) => Math.round(node.getBoundingClientRect().left))`);
      expect(new Set(lefts).size).toBe(1);
      // Names of one line, the one of a long backend too.
      expect(await clippedTexts(page, ".group-instance .truncate")).toEqual([]);
      const heights: number[] = await page.evaluate(
        `[...document.querySelectorAll(".group-name, .group-healthy")].map((node) => node.getBoundingClientRect().height)`,
      );
      expect(Math.max(...heights)).toBeLessThan(30);
      for (const [path, px] of [
        ["", width],
        ["servers", width],
        ["servers", 720],
        ["servers", 1_000],
      ] as const) {
        const edge = px < 600 ? "right" : "left";
        const list = await open(path, { width: px });
        const columns: number[] = await list.evaluate(`[...document.querySelectorAll(".group-healthy")]
          .map((node) => Math.round(node.getBoundingClientRect().${edge}))`);
        expect(new Set(columns).size, `${path} ${px} px`).toBe(1);
      }
    },
  },
  {
    rule: "a phone shows twelve rows of groups on one screen, and the name of an instance on one line",
    isQuiet: true,
    async play({ open }) {
      const page = await open("", { width: 390 });
      const heights: number[] = await page.evaluate(
        `[...document.querySelectorAll(".group")].map((node) => node.getBoundingClientRect().height)`,
      );
      expect(Math.max(...heights)).toBeLessThanOrEqual(44);
      const names: number[] = await page.evaluate(
        `[...document.querySelectorAll(".group-instance")].map((node) => node.getClientRects().length)`,
      );
      expect(Math.max(...names)).toBeLessThanOrEqual(1);
    },
  },
  {
    rule: "the strip of a card has times",
    async play({ fleet, haprobe, open }) {
      await fleet.fail("cp-2", "etcd");
      await haprobe.until(({ confirmed }) => confirmed >= 2);
      const page = await open();
      await expect.poll(() => page.locator(".card .axis").textContent()).toMatch(/\d\d:\d\d.*now/);
    },
  },
  {
    rule: "with forced colours only rows with a mismatch have the loud edge",
    async play({ fleet, haprobe, open }) {
      await fleet.fail("cp-2", "etcd");
      await haprobe.until(({ confirmed }) => confirmed >= 2);
      const page = await open();
      await page.locator(".row-mismatch").first().waitFor();
      await page.emulateMedia({ forcedColors: "active" });
      const loud: string[] = await page.evaluate(`[...document.querySelectorAll(".row")]
        .filter((row) => getComputedStyle(row).borderLeftColor !== getComputedStyle(document.body).backgroundColor)
        .map((row) => row.dataset.key)`);
      expect(loud.length).toBeGreaterThan(0);
      expect(loud.filter((key) => !key.endsWith("/cp-2"))).toEqual([]);
    },
  },
  {
    rule: "the theme is toggled without an error of the browser, and counts have a comma",
    isQuiet: true,
    async play({ fleet, open }) {
      const page = await open();
      await page.keyboard.press("t");
      await page.locator("html[data-mantine-color-scheme=dark]").waitFor();
      const size = fleet.size.toLocaleString("en-US");
      // Rows that came within the last second are sorted in with the next turn.
      await expect.poll(() => page.locator(".filters-count").textContent()).toBe(`${size} of ${size} servers`);
    },
  },
  {
    rule: "what a strip shows at a time is read with the keyboard too, and now stays now",
    async play({ fleet, open }) {
      const page = await open("?q=cp-2");
      const row = page.locator('[data-key$="/cp-2"]').first();
      await row.waitFor();
      await row.focus();
      await page.keyboard.press("Shift+ArrowLeft");
      await page.keyboard.press("Shift+ArrowRight");
      const tooltip = page.getByRole("tooltip");
      await expect.poll(() => tooltip.textContent()).toMatch(/HAProxy UP .*haprobe 200; Up/);
      // The strip moves on below the hairline, and what is said there with it.
      await fleet.fail("cp-2", "etcd");
      await expect.poll(() => tooltip.textContent()).toMatch(/HAProxy UP .*haprobe 500; (False UP|Pending)/);
      await page.keyboard.press("Escape");
      await tooltip.waitFor({ state: "detached" });
    },
  },
  {
    rule: "c and v copy the commands that drain and probe the worst mismatch",
    async play({ fleet, open }) {
      await fleet.fail("cp-2", "etcd");
      const page = await open();
      await page.locator(".card").first().waitFor();
      await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
      const copied = (): Promise<string> => page.evaluate("navigator.clipboard.readText()");
      // A backend whose other servers have no verdict yet has no server to drain.
      const copyAgain = async (): Promise<string> => {
        await page.keyboard.press("c");
        return copied();
      };
      await expect.poll(copyAgain).toMatch(/^set server \S+\/cp-2 state drain$/);
      await page.keyboard.press("v");
      await expect.poll(copied).toMatch(/^curl .*\/readyz/);
    },
  },
  {
    rule: "on a phone the permanent fix and the charts of a server are folded until they are opened",
    async play({ fleet, open, width }) {
      await fleet.fail("cp-2", "etcd");
      const page = await open();
      await page.locator(".card").first().waitFor();
      const key = await page.locator('[data-key$="/cp-2"]').first().getAttribute("data-key");
      await page.goto(new URL(`servers/${key}`, page.url()).href);
      const [fix, chart] = [page.locator(".cure"), page.locator(".chart canvas").first()];
      if (width > 599) return void (await Promise.all([fix.waitFor(), chart.waitFor()]));
      for (const [title, content] of [
        ["Permanent fix", fix],
        ["Charts", chart],
      ] as const) {
        const fold = page.locator(".drawer-fold > summary", { hasText: title });
        await fold.waitFor();
        expect(await content.count()).toBe(0);
        await fold.click();
        await content.waitFor();
      }
      await page.locator(".drawer-back").click();
      await page.locator(".drawer").waitFor({ state: "detached" });
    },
  },
];
