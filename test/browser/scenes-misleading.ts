import { expect } from "vitest";
import type { InstanceStatus, ServerStatus } from "../../server/contract/status.ts";
import {
  agreementColoured,
  clippedTexts,
  headline,
  recordChanges,
  recordedChanges,
  rowsThatLookLive,
  tabState,
  unfoldCards,
  UNKNOWN_TAB,
  visiblePart,
} from "./page-queries.ts";
import type { Scene } from "./scene.ts";

const KNOWN_TAB = { title: "haprobe", icon: "./favicon-ok.svg", isLogoGrey: false };
/** From this width on the drawer stands beside the table. */
const BESIDE_TABLE_PX = 1_024;
/** By then a value that nothing refreshes is older than any other. */
const OLD_VALUE_MS = 45_000;
/** A mismatch that healed ends after a while, later on a busy machine. */
const HEALED_MS = 50_000;
const CP2 = "lb-1/k8s-api/cp-2";

/** What would mislead an operator or do harm. */
export const MISLEADING: readonly Scene[] = [
  {
    rule: "the permanent fix of a card has whole lines with check-ssl, and Copy takes exactly them",
    async play({ fleet, haprobe, open }) {
      await fleet.fail("cp-2", "etcd");
      await haprobe.until(({ confirmed }) => confirmed >= 2);
      const page = await open();
      // The card has the lines of one of the three.
      const responses = ["lb-1/k8s-api/cp-2", "lb-2/k8s-api/cp-2", "lb-1/k8s-join/cp-2"].map((key) =>
        fetch(`${haprobe.url}api/v1/server?key=${key}`),
      );
      const servers = await Promise.all(
        responses.map(async (response) => (await (await response).json()) as ServerStatus),
      );
      const cures = servers.map(({ cure }) => cure.join("\n"));
      for (const cure of cures) expect(cure, "a TLS backend is checked with TLS").toContain("check-ssl");
      await unfoldCards(page);
      const fix = page.locator(".card .action-line", { hasText: "Permanent fix" });
      await expect
        .poll(() => fix.textContent(), { message: "the permanent fix is whole lines, not prose" })
        .toMatch(/option httpchk \+ http-check send .*\d lines/);
      await fix.getByRole("button").click();
      await fix.getByRole("button", { name: /^Copied/ }).waitFor();
      expect(cures, "Copy takes the lines").toContain(await page.evaluate("navigator.clipboard.readText()"));
    },
  },
  {
    rule: "the table is sorted again after every verdict, also after two within a second",
    async play({ fleet, open }) {
      const page = await open();
      // Each of them is suspected, then confirmed within a second. The order is that of the cards: the oldest, but a backend
      // without a healthy server before all.
      const ids = async (): Promise<unknown[]> =>
        page
          .locator("[data-group], [data-key]")
          .evaluateAll((rows) => rows.map(({ dataset }) => dataset["key"] ?? dataset["group"]));
      for (const [server, ...order] of [
        ["old-2", "legacy-app", "legacy-app/old-2", "legacy-app/old-1"],
        ["batch-7", "legacy-app", "legacy-app/old-2", "legacy-app/old-1", "batch", "batch/batch-7-0"],
        ["only-1", "one", "one/only-1", "legacy-app", "legacy-app/old-2", "legacy-app/old-1", "batch"],
      ] as const) {
        await fleet.fail(server, "etcd");
        const expected = order.map((name) => `lb-1/${name}`);
        await expect.poll(async () => (await ids()).slice(0, order.length)).toEqual(expected);
      }
    },
  },
  {
    rule: "a flapping server keeps one card, one headline and the layout; once drained, it is out of service",
    async play({ fleet, open, haprobe }) {
      await fleet.fail("old-2", "etcd");
      await haprobe.until(({ confirmed }) => confirmed === 1);
      const page = await open();
      const flap = async (): Promise<void> => {
        await fleet.heal("old-2");
        await page.locator(".card-healing").waitFor();
        await fleet.fail("old-2", "etcd");
        await page.locator(".card-false-up").waitFor();
      };
      await flap();
      await flap();
      await page.getByRole("heading", { name: "old-2 is flapping: UP in HAProxy but failing 3 times" }).waitFor();
      await recordChanges(page);
      await flap();
      await page.getByRole("heading", { name: "failing 4 times" }).waitFor();
      await expect.poll(() => clippedTexts(page, ".card-name .truncate")).toEqual([]);
      const { headlines, shifts } = await recordedChanges(page);
      expect(headlines.filter((text) => !text.startsWith("old-2 is flapping"))).toEqual([]);
      expect(shifts).toEqual([]);
      await expect.poll(() => page.title()).toBe("(1) old-2 false-up · haprobe");
      await fleet.drain("legacy-app/old-2");
      await page.getByRole("heading", { name: "old-2 was taken out of service" }).waitFor();
      await unfoldCards(page);
      await expect.poll(() => page.locator(".card").innerText()).toContain("out of service; haprobe is confirming");
      expect(await page.locator(".card").innerText()).not.toContain("state drain");
    },
  },
  {
    rule: "a mismatch that ended is named until the next one",
    isLong: true,
    async play({ fleet, haprobe, open }) {
      await fleet.fail("old-2", "etcd");
      await haprobe.until(({ confirmed }) => confirmed === 1);
      const page = await open();
      await fleet.heal("old-2");
      await page.getByText(/Last mismatch: old-2, false-up from /).waitFor({ timeout: HEALED_MS });
      await expect.poll(() => page.locator(".card").count()).toBe(0);
    },
  },
  {
    rule: "a page that is opened while a mismatch heals shows it, not agreement",
    async play({ fleet, haprobe, open }) {
      await fleet.fail("old-1", "etcd");
      await haprobe.until(({ confirmed }) => confirmed === 1);
      await fleet.heal("old-1");
      await haprobe.until(({ confirmed }) => confirmed === 0);
      const page = await open();
      await page.getByRole("heading", { name: "old-1 recovered; haprobe is confirming" }).waitFor();
      await expect.poll(() => page.locator(".card-healing").count()).toBe(1);
      await expect.poll(() => page.locator(".card-facts b").last().textContent()).toBe("2 of 2");
    },
  },
  {
    rule: "while no instance responds, tab, headline, groups and rows say unknown, nothing has the colour of agreement, and the time without a mismatch ends",
    async play({ fleet, haprobe, open }) {
      const drawer = await open(`servers/${CP2}`);
      const oldFacts = drawer.locator("[aria-label='HAProxy says'] .facts-stale");
      await drawer.getByRole("region", { name: "HAProxy says" }).waitFor();
      await expect.poll(() => oldFacts.count()).toBe(0);
      const page = await open("?q=k8s");
      await expect.poll(() => tabState(page)).toEqual(KNOWN_TAB);
      await expect.poll(() => agreementColoured(page)).not.toEqual([]);
      await expect
        .poll(() => page.locator(".band-detail, .band-since").allInnerTexts())
        .toContainEqual(expect.stringContaining("without a mismatch"));
      const frozenAt = Date.now();
      fleet.freeze();
      await haprobe.until(({ verdicts, servers }) => verdicts.unknown === servers);
      await expect.poll(() => tabState(page), { message: "the tab of a silent fleet is unknown" }).toEqual(UNKNOWN_TAB);
      await expect.poll(() => headline(page)).toMatch(/not responding|no response|unknown/);
      await expect
        .poll(() => page.locator(".band").innerText(), { message: "no time without a mismatch" })
        .not.toContain("without a mismatch");
      await expect.poll(() => page.locator(".group-healthy").first().textContent()).toBe("? of 3 healthy");
      await expect
        .poll(() => rowsThatLookLive(page), { message: "rows of a silent instance that look live" })
        .toEqual([]);
      await expect.poll(() => agreementColoured(page), { message: "what has the colour of agreement" }).toEqual([]);
      await expect.poll(() => clippedTexts(page, ".top-status .age")).toEqual([]);
      await oldFacts.waitFor();
      fleet.thaw();
      await expect.poll(() => tabState(page)).toEqual(KNOWN_TAB);
      // It begins anew, without the silence.
      await expect
        .poll(async () => {
          const [, seconds] = /^(\d+) s$/.exec((await page.locator(".band-duration").textContent()) ?? "") ?? [];
          return Number(seconds) - (Date.now() - frozenAt) / 1_000;
        })
        .toBeLessThan(0);
      await oldFacts.waitFor({ state: "detached" });
    },
  },
  {
    rule: "a mismatch of which nothing more is known is grey, without a duration, and so is its backend",
    isLong: true,
    async play({ fleet, haprobe, open }) {
      await fleet.fail("old-2", "etcd");
      await haprobe.until(({ confirmed }) => confirmed === 1);
      const page = await open();
      await page.locator(".card-duration").waitFor();
      // A backend of many comes to the top with the next turn of the table.
      await expect.poll(() => page.locator(".group-mismatch").count()).toBe(1);
      fleet.freeze();
      await haprobe.until(({ verdicts, servers }) => verdicts.unknown === servers);
      await page.getByRole("heading", { name: "old-2 has no verdict now" }).waitFor();
      await expect.poll(() => page.locator(".card-sides.muted").count()).toBe(1);
      await expect.poll(() => page.locator(".card-duration, .group-mismatch").count()).toBe(0);
    },
  },
  {
    rule: "a server's drawer and its row are in view when its address is opened, also while servers change",
    async play({ fleet, haprobe, open, width }) {
      await fleet.fail("cp-2", "etcd");
      await haprobe.until(({ confirmed }) => confirmed >= 3);
      const stop = fleet.churn(Math.min(500, fleet.size / 4));
      const { quiet } = fleet;
      const addresses = [
        `servers/lb-1/${quiet.at(-1)}`,
        `?open=lb-1/${quiet[Math.floor(quiet.length / 2)]}`,
        "servers/lb-1/k8s-join/cp-2",
      ];
      for (const address of addresses) {
        const page = await open(address);
        const key = address.replace(/^(servers\/|\?open=)/, "");
        await page.getByRole("complementary", { name: `Server ${key}` }).waitFor();
        await expect.poll(() => new URL(page.url()).pathname).toBe(`/servers/${key}`);
        await expect
          .poll(() => visiblePart(page, ".drawer-sentence"), { message: `visible part of the drawer at ${address}` })
          .toBe(1);
        if (width >= BESIDE_TABLE_PX) {
          await expect
            .poll(() => visiblePart(page, `[data-key="${key}"]`), { message: `visible part of the row at ${address}` })
            .toBe(1);
        }
        // Pages that follow the changes make the next one slow.
        await page.context().close();
      }
      await stop();
      if (width < BESIDE_TABLE_PX) return;
      // A verdict moves the last row of a backend to its first, and the backend to the others that fail.
      const moved = await open("servers/lb-1/batch/batch-11-3");
      const row = '[data-key="lb-1/batch/batch-11-3"]';
      await moved.locator(".drawer-sentence").waitFor();
      await fleet.fail("batch-11", "etcd");
      await moved.locator(".drawer .verdict-text").first().waitFor();
      await expect
        .poll(async () => Number(await moved.locator(row).getAttribute("aria-rowindex")), {
          message: "place of the row after its verdict",
        })
        .toBeLessThan(40);
      await expect.poll(() => visiblePart(moved, row), { message: "visible part of the moved row" }).toBe(1);
    },
  },
  {
    rule: "the Evidence button opens the server's drawer, also while servers change",
    async play({ fleet, haprobe, open }) {
      await fleet.fail("cp-2", "etcd");
      await haprobe.until(({ confirmed }) => confirmed >= 3);
      const page = await open();
      const stop = fleet.churn(Math.min(500, fleet.size / 4));
      await unfoldCards(page);
      await page.getByRole("button", { name: "Evidence" }).click();
      await page.getByRole("region", { name: "Mitigate" }).waitFor();
      await expect.poll(() => new URL(page.url()).pathname).toBe(`/servers/${CP2}`);
      await stop();
    },
  },
  {
    rule: "the drawer of a server shows values of the moment",
    isQuiet: true,
    async play({ fleet, haprobe, open }) {
      const page = await open(`servers/lb-1/${fleet.quiet.at(-1)}`);
      await page.getByRole("region", { name: "HAProxy says" }).locator(".detail-age").waitFor();
      // The age grows until a newer state is fetched: at the second fall that has happened twice.
      const oldest = await page.evaluate(`new Promise((resolve) => {
        let [last, oldest, falls] = [0, 0, 0];
        setTimeout(() => resolve(oldest), ${OLD_VALUE_MS});
        const node = document.querySelector("[aria-label='HAProxy says'] .detail-age");
        new MutationObserver(() => {
          const age = Number.parseFloat(node.textContent);
          if (age < last) falls += 1;
          oldest = Math.max(oldest, age);
          last = age;
          if (falls === 2) resolve(oldest);
        }).observe(node, { subtree: true, childList: true, characterData: true });
      })`);
      // haprobe polls a large HAProxy less often; the page asks haprobe every 2 s, and the stream brings each of 200 rows every 10 s.
      const { instances } = (await (await fetch(`${haprobe.url}api/v1/instances`)).json()) as {
        instances: InstanceStatus[];
      };
      const everyS = Math.max(...instances.map(({ everyMs }) => everyMs)) / 1_000;
      expect(oldest, "seconds of the oldest value in an open drawer").toBeLessThan(everyS + 8);
      expect(await page.locator(".facts-stale").count(), "values of a drawer that are grey").toBe(0);
      // 20 rows a second are refreshed: those of more are grey from 15 s on, and say of when they are.
      if (fleet.size > 15 * 20)
        await page.locator('.cell-sessions.muted[title^="as of "]').first().waitFor({ state: "attached" });
    },
  },
  {
    rule: "a backend without a healthy server is named first, and its card comes before older mismatches",
    async play({ fleet, haprobe, open }) {
      for (const n of [0, 1, 2, 3, 4, 5, 6]) await fleet.fail(`batch-${n}`, "etcd");
      await haprobe.until(({ confirmed }) => confirmed === 28);
      const page = await open();
      await fleet.fail("old-1", "etcd");
      await fleet.fail("old-2", "etcd");
      await fleet.fail("only-1", "etcd");
      await expect.poll(() => page.locator(".card-name").allTextContents()).toHaveLength(6);
      await expect
        .poll(async () => (await page.locator(".card-name").allTextContents()).slice(0, 3).sort())
        .toEqual(["old-1", "old-2", "only-1"]);
      await expect
        .poll(() => headline(page))
        .toMatch(
          /^(legacy-app has no healthy server: 2 of 2 fail their probes|one has no healthy server: only-1 is UP)/,
        );
      // The other one is named as well.
      await expect.poll(() => page.locator(".band").innerText()).toMatch(/ (one|legacy-app) has none either\./);
    },
  },
  {
    rule: "unknown servers do not count as unhealthy",
    async play({ fleet, haprobe, open }) {
      for (const n of [1, 2, 3]) await fleet.fail(`img-${n}`, "deny-401");
      await haprobe.until(({ verdicts }) => verdicts.unknown === 3);
      const page = await open();
      const healthy = page.locator('[data-group="lb-1/images"] .group-healthy');
      await expect.poll(() => healthy.textContent()).toBe("? of 3 healthy");
      await fleet.heal("img-1");
      await expect.poll(() => healthy.textContent()).toBe("1 of 3 healthy, 2 unknown");
      // What has no verdict may be healthy.
      await fleet.fail("img-1", "etcd");
      await page.getByRole("heading", { name: "img-1 is UP in HAProxy but failing /healthz (etcd)" }).waitFor();
      await unfoldCards(page);
      const keep = "No other server of images is known to be healthy: do not drain img-1.";
      await page.locator(".card-actions").getByText(keep).waitFor();
      await expect.poll(() => page.locator(".card-facts b").last().textContent()).toBe("? of 3");
      await expect.poll(() => healthy.textContent()).toBe("? of 3 healthy, 2 unknown");
      expect(await page.locator("main").innerText()).not.toContain("No healthy server left");
      const drawer = await open("servers/lb-1/images/img-1");
      await drawer.getByRole("region", { name: "Mitigate" }).getByText(keep).waitFor();
    },
  },
];
