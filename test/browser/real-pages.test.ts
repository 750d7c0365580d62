import { readFile } from "node:fs/promises";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { waitForVerdicts } from "../http/control-plane.ts";
import { DashboardBrowser } from "./dashboard-browser.ts";
import { openPage, OPERATOR_TOKEN, pagePaths, problemsOf, type PagesScene, startPagesScene } from "./pages-scene.ts";

let scene: PagesScene;
let browser: DashboardBrowser;
let page: Page;
let messages: string[];
/** A refused write is an error to the browser. */
const unexpected = (): string[] => messages.filter((message) => !/status of 401/.test(message));

beforeAll(async () => {
  browser = await DashboardBrowser.launch();
  scene = await startPagesScene();
  ({ page, messages } = await browser.open(scene.haprobe.url, { waitFor: ".card" }));
});
afterAll(async () => {
  await page?.context().close();
  await scene?.[Symbol.asyncDispose]();
  await browser?.[Symbol.asyncDispose]();
});

/** Opens a page by the navigation's key. */
async function go(key: string): Promise<void> {
  await page.keyboard.press("g");
  await page.keyboard.press(key);
}

/** Presses Tab until the element with this name has the focus. */
async function tabTo(name: string): Promise<void> {
  const focused = `document.activeElement.getAttribute("aria-label") ?? document.activeElement.labels?.[0]?.textContent ?? document.activeElement.textContent`;
  await expect
    .poll(
      async () => {
        await page.keyboard.press("Tab");
        return page.evaluate<string>(focused);
      },
      { interval: 0, timeout: 10_000 },
    )
    .toContain(name);
}

test("by keyboard alone: from load to an acknowledged incident with a note, the token asked for once", async () => {
  await page.reload();
  await page.locator(".card").waitFor();
  await go("i");
  await page.locator(".incident-row").waitFor();
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "cp-2 is UP in HAProxy but failing /readyz (etcd)" }).waitFor();
  await page.keyboard.press("a");
  await page.keyboard.type("Ada");
  await page.keyboard.press("Tab");
  await page.keyboard.type("disk full <b>now</b>");
  await page.keyboard.press("Enter");
  await page.locator("input[type=password]:focus").waitFor();
  await page.keyboard.type(OPERATOR_TOKEN);
  await page.keyboard.press("Enter");
  await page.getByText(/^acknowledged by Ada/).waitFor();
  await expect.poll(() => page.locator(".timeline").innerText()).toContain("Ada acknowledged: disk full <b>now</b>");
  await tabTo("Note");
  await page.keyboard.type("restarting it");
  await page.keyboard.press("Enter");
  await expect.poll(() => page.locator(".timeline").innerText()).toContain("Ada noted: restarting it");
  expect(unexpected()).toEqual([]);
});

test("an incident's page has both sides, the blast radius, a text for a chat, and Markdown to download", async () => {
  const text = (): Promise<string> => page.locator("article.incident").innerText();
  for (const part of [
    "k8s-api on lb-1",
    "open, ongoing",
    "of k8s-api's new sessions",
    "2 of 3",
    "never",
    "Blast radius",
  ]) {
    await expect.poll(text).toContain(part);
  }
  expect(await page.locator(".evidence").allInnerTexts()).toEqual([
    expect.stringMatching(/^k8s-api,cp-2,UP,L4OK/),
    expect.stringMatching(/^500 https:\/\/127\.0\.0\.1:\d+\/readyz[^]*\[-\]etcd failed/),
  ]);
  // The message is sent some time after the incident has opened.
  await expect
    .poll(() => page.locator(".timeline").innerText())
    .toMatch(/First failed probe[^]*Confirmed[^]*Sent to chat/);
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  const toDo = page.getByRole("region", { name: "What to do" });
  await toDo.getByRole("button", { name: "Copy: set server k8s-api/cp-2 state drain" }).click();
  const copied = (): Promise<string> => page.evaluate("navigator.clipboard.readText()");
  await expect.poll(copied).toBe("set server k8s-api/cp-2 state drain");
  await toDo.getByRole("button", { name: "Copy: the lines for haproxy.cfg" }).waitFor();
  await page.getByRole("button", { name: "Copy: the incident as text" }).click();
  await expect
    .poll(copied)
    .toMatch(/^cp-2 is UP in HAProxy but failing .*Ada has it: disk full.* http:\/\/127\.0\.0\.1:\d+\/incidents\//);
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "Markdown" }).click(),
  ]);
  expect(download.suggestedFilename()).toMatch(/^haprobe-incident-.*\.md$/);
  expect(await readFile(await download.path(), "utf8")).toMatch(/^## .* false-up /);
});

test("a server's drawer has HAProxy's row as it came, the headers of the newest response, and the rule of its probe", async () => {
  // Without a reload, which would drop the token.
  await go("s");
  await page.locator('[data-key="lb-1/k8s-api/cp-2"]').click();
  const haproxy = page.getByRole("region", { name: "HAProxy says" });
  await haproxy.getByText("HAProxy's whole row").click();
  await expect.poll(() => haproxy.locator(".stats-columns dl").innerText()).toMatch(/pxname\s+k8s-api\s+svname\s+cp-2/);
  const probe = page.getByRole("region", { name: "haprobe saw" });
  await expect.poll(() => probe.innerText()).toMatch(/rule\s+1: /);
  await probe.getByText(/^Headers of the response at \d\d:\d\d:\d\d/).click();
  await expect.poll(() => probe.locator(".stats-columns dl").innerText()).toMatch(/content-length\s+\d+/);
  const { status } = await fetch(`${scene.haprobe.url}/api/v1/servers/lb-1/k8s-api/none/sources`);
  expect(status).toBe(404);
});

/** What the parts of the overview say of cp-1 and of all. */
function readParts(): Promise<Record<string, unknown>> {
  return page.evaluate(`(() => {
    const text = (selector) => document.querySelector(selector)?.textContent.trim() ?? null;
    return {
      title: document.title,
      icon: document.querySelector("#favicon").getAttribute("href"),
      headline: text("h1"),
      falseUp: text(".counter.verdict-false-up .counter-number"),
      incidents: text(".top-page[href$='/incidents']"),
      card: [...document.querySelectorAll(".card")].find(({ textContent }) => /cp-1/.test(textContent))?.classList[2] ?? null,
      healthy: text("[data-group='lb-1/k8s-api'] .group-healthy"),
      row: document.querySelector("[data-key='lb-1/k8s-api/cp-1']")?.classList[1] ?? null,
      announced: text("[role=status][aria-live=polite]"),
    };
  })()`);
}

test("a server that breaks and heals: every part of the page follows", async () => {
  await go("o");
  await scene.plane.setMode("cp-1", "etcd");
  await expect.poll(readParts, { timeout: 15_000 }).toEqual({
    title: "(2) cp-2 false-up · haprobe",
    icon: "./favicon-2.svg",
    headline: "cp-2 and cp-1 are UP in HAProxy but failing their probes",
    falseUp: "2",
    incidents: "Incidents2",
    card: "verdict-false-up",
    healthy: "1 of 3 healthy",
    row: "verdict-false-up",
    announced: expect.stringMatching(/^False UP: cp-1 is UP in HAProxy but failing/),
  });
  const open = page.getByRole("region", { name: "Open incidents" }).locator(".incident-row");
  await go("i");
  await expect.poll(() => open.count()).toBe(2);
  await go("o");
  await scene.plane.setMode("cp-1", "healthy");
  // Its incident ends some time later.
  await expect.poll(readParts, { timeout: 15_000 }).toMatchObject({
    falseUp: "1",
    card: "verdict-suspected",
    healthy: "2 of 3 healthy",
    row: "verdict-agree-up",
  });
});

test("each filter is in the address, which restores it; back and forward undo and repeat it", async () => {
  await go("s");
  const rows = async (): Promise<string[]> => {
    const keys = await page
      .locator("[data-key]")
      .evaluateAll((nodes) => nodes.map((node) => node.dataset["key"] ?? ""));
    return keys.map((key) => key.replace(/.*\//, "")).toSorted((a, b) => a.localeCompare(b));
  };
  const filters = page.locator(".filters");
  const search = (): string => new URL(page.url()).search;
  for (const [press, address, shown] of [
    [() => filters.getByRole("button", { name: /^Unknown, / }).click(), "?verdict=unknown", ["db-1"]],
    [() => filters.getByRole("button", { name: /^False UP, / }).click(), "?verdict=unknown,false-up", ["cp-2", "db-1"]],
    [() => filters.getByRole("button", { name: /^Only mismatches/ }).click(), "&problems=1", ["cp-2"]],
    [() => filters.getByRole("searchbox").fill("cp"), "&q=cp", ["cp-2"]],
    [() => filters.getByRole("button", { name: "6h" }).click(), "&range=6h", ["cp-2"]],
    [() => page.getByRole("columnheader", { name: "Server" }).getByRole("button").click(), "&sort=server", ["cp-2"]],
  ] as const) {
    const before = search();
    await press();
    await expect.poll(search).toContain(address);
    await expect.poll(rows).toEqual(shown);
    const after = search();
    await page.goBack();
    await expect.poll(search).toBe(before);
    await page.goForward();
    await expect.poll(search).toBe(after);
  }
  // As by a link that was shared; a reload would drop the token.
  const shared = await page.context().newPage();
  await shared.goto(page.url());
  await shared.locator('[data-key="lb-1/k8s-api/cp-2"]').waitFor();
  await expect.poll(() => shared.locator(".filters").getByRole("button", { pressed: true }).count()).toBe(4);
  await expect.poll(() => shared.locator("[data-key]").count()).toBe(1);
  await shared.close();
  await page.getByRole("button", { name: "Clear filters" }).click();
  await expect.poll(search).toBe("?sort=server&range=6h");
});

test("numbers: minutes falsely up by server, sorted, and the same as CSV", async () => {
  await go("n");
  await page.getByRole("button", { name: "Server", exact: true }).click();
  const rows = page.locator(".numbers-row:not(.numbers-head)");
  await expect.poll(() => rows.first().innerText()).toMatch(/cp-2[^]*(\d+ s|min)[^]*1/);
  await page.getByRole("button", { name: "Server", exact: true }).last().click();
  await expect.poll(() => rows.first().innerText()).toContain("databases / db-1");
  await expect.poll(() => new URL(page.url()).search).toContain("sort=name");
  const href = await page
    .getByRole("link", { name: "CSV" })
    .evaluate((link) => (link as unknown as { href: string }).href);
  const csv = await (await fetch(href)).text();
  expect(csv).toMatch(/^from,to,site,instance,backend,server/);
  expect(csv).toContain(",lb-1,k8s-api,cp-2,");
});

test("findings are grouped by cure, which can be copied", async () => {
  await go("f");
  const blind = page.getByRole("region", { name: /^check-blind/ });
  await expect.poll(() => blind.innerText()).toContain("Apply this once and 3 servers are seen");
  await blind.getByRole("button", { name: "Copy: the cure" }).click();
  await expect.poll(() => page.evaluate<string>("navigator.clipboard.readText()")).toContain("option httpchk");
});

describe("notifications", () => {
  test("a message with its attempts and payload, sent again", async () => {
    await go("m");
    await page.locator(".message-row", { hasText: "cp-2" }).last().click();
    await page.getByRole("region", { name: "Attempts" }).getByText("200", { exact: true }).waitFor();
    await expect.poll(() => page.locator(".payload").innerText()).toContain('"kind": "firing"');
    await page.getByRole("button", { name: "Send again" }).click();
    await expect.poll(() => page.locator(".attempts li").count(), { timeout: 15_000 }).toBe(2);
  });

  test("a receiver that fails: the error, and when it is tried again", async () => {
    scene.receiverStatus = 503;
    await scene.plane.setMode("cp-3", "etcd");
    await waitForVerdicts(scene.haprobe.url, { "cp-3": "false-up confirmed" });
    await go("m");
    await expect
      .poll(() => page.getByRole("region", { name: "Channels" }).innerText(), { timeout: 20_000 })
      .toContain("Last error: HTTP 503");
    await expect.poll(() => page.locator(".message-row").first().innerText()).toMatch(/waiting[^]*attempt[^]*next/);
    await page.getByRole("button", { name: "Test chat" }).click();
    await page.getByText(/^The test message was not taken/).waitFor();
    scene.receiverStatus = 200;
    await scene.plane.setMode("cp-3", "healthy");
  });

  test("a silence is made and ended here, and says why an alert is not sent", async () => {
    const button = page.getByRole("button", { name: "New silence…" });
    const form = page.getByRole("form", { name: "New silence" });
    for (const field of ["What is compared", "Patterns of backend", "Reason"]) {
      await button.press("Enter");
      await form.getByLabel(field).first().focus();
      await page.keyboard.press("Escape");
      await form.waitFor({ state: "detached" });
      await expect.poll(() => page.evaluate("document.activeElement.textContent")).toBe("New silence…");
    }
    await button.click();
    await expect.poll(() => page.evaluate("document.activeElement.ariaLabel")).toMatch(/^Patterns of /);
    await page.getByLabel("Patterns of backend").fill("k8s-*");
    await page.getByLabel("Reason").fill("etcd <i>upgrade</i>");
    await page.getByRole("button", { name: "Silence", exact: true }).click();
    const silences = page.getByRole("region", { name: "Silences" });
    await silences.getByText("backend k8s-*").waitFor();
    expect(await silences.innerText()).toContain("etcd <i>upgrade</i>");
    await expect
      .poll(() => page.getByRole("region", { name: "Firing now" }).innerText(), { timeout: 10_000 })
      .toMatch(/silenced by Ada until (\d+ \w+ )?\d\d:/);
    await silences.getByRole("button", { name: "End silence" }).click();
    await expect.poll(() => silences.innerText(), { timeout: 10_000 }).not.toContain("etcd");
    expect(unexpected()).toEqual([]);
  });
});

test("one that healed is among those that ended; what is filtered is in the address", async () => {
  await go("i");
  const row = (name: string) => page.locator(".incident-row", { hasText: name });
  const ended = page.getByRole("region", { name: /^Ended/ });
  await ended.locator(".incident-over", { hasText: "cp-1" }).waitFor({ timeout: 30_000 });
  await page.getByRole("button", { name: "Ended", exact: true }).click();
  await expect.poll(() => row("cp-2").count()).toBe(0);
  await expect.poll(() => new URL(page.url()).search).toBe("?state=ended");
  await page.getByLabel("Search incidents").fill("no such server");
  await page.getByText("No incident matches.").waitFor();
  await page.reload();
  await page.getByText("No incident matches.").waitFor();
  await page.getByRole("button", { name: "Clear" }).click();
  await row("cp-2").waitFor();
});

test("settings: the configuration without secrets, who is signed in, and why a newer one was refused", async () => {
  await go("c");
  const config = page.getByRole("region", { name: "Configuration" });
  await config.getByText("backend:").first().waitFor();
  expect(await config.innerText()).not.toMatch(/secret-path|operator-token/);
  const signedIn = page.getByRole("region", { name: "Signed in" });
  await page.getByRole("textbox", { name: "Token" }).fill(OPERATOR_TOKEN);
  await page.keyboard.press("Enter");
  await expect.poll(() => signedIn.innerText()).toMatch(/mara\s+operator/);
  expect(await signedIn.innerText()).toMatch(
    /Proved by\s+the token of this page\s+May\s+[^\n]*acknowledge, note, silence[^\n]*\s+On\s+every instance/,
  );
  await expect
    .poll(() => page.getByRole("region", { name: "HAProxies" }).innerText())
    .toMatch(/lb-1[^]*polled every 300 ms/);
  await scene.writeConfig((text) => text.replace("every: 300ms", "evry: 300ms"));
  await page.getByText(/A newer configuration was refused/).waitFor({ timeout: 20_000 });
  expect(await config.getByRole("alert").innerText()).toMatch(/haprobe\.yaml:\d+.*evry/);
  const banner = page.locator(".banner-finding");
  await banner.waitFor();
  expect(await banner.innerText()).toMatch(/^The configuration is broken; the last good one stays in force: .*evry/);
  expect(await banner.getByRole("link", { name: "Details" }).getAttribute("href")).toMatch(
    /findings\?code=config-broken$/,
  );
});

test("no page scrolls sideways at any width, misses WCAG AA, has a text of too little contrast in either theme, or needs what its policy refuses", async () => {
  const found: string[] = [];
  await page.emulateMedia({ reducedMotion: "reduce" });
  for (const path of await pagePaths(scene.haprobe.url)) {
    await openPage(page, scene.haprobe.url, path);
    found.push(...(await problemsOf(page)));
  }
  expect(found).toEqual([]);
  expect(unexpected()).toEqual([]);
}, 240_000);

test("haprobe is killed: every page says that it is disconnected, and offers no write; started again, the page is live", async () => {
  await page.goto(`${scene.haprobe.url}/incidents`);
  await page.locator(".incident-row").first().click();
  await page.getByRole("heading", { name: /^cp-/ }).waitFor();
  await scene.haprobe.stop("SIGKILL");
  await page.getByText(/^Disconnected from haprobe since/).waitFor();
  await expect.poll(() => page.getByRole("button", { name: "Add note" }).isDisabled()).toBe(true);
  const filterOfMain = "getComputedStyle(document.querySelector('main > *')).filter";
  await expect.poll(() => page.evaluate(filterOfMain)).toBe("grayscale(1)");
  await scene.writeConfig((text) => text.replace("evry: 300ms", "every: 300ms"));
  await scene.start();
  await page.locator(".page:not(.page-disconnected)").waitFor();
  await expect.poll(() => page.getByRole("button", { name: "Add note" }).isDisabled()).toBe(false);
  await page.context().setOffline(true);
  await page.getByText(/^Disconnected from haprobe since .*offline/).waitFor();
  await page.context().setOffline(false);
  await page.locator(".page:not(.page-disconnected)").waitFor();
});
