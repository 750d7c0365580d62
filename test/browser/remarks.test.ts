import { afterAll, beforeAll, expect, test } from "vitest";
import { sampleIncident } from "../support/sample-incident.ts";
import { falseUpApiserver, healthyApiserver, sampleInstance } from "../web/sample-fleet.ts";
import { DashboardBrowser } from "./dashboard-browser.ts";

const ID = "019ad0f0-0000-7000-8000-000000000001";

let browser: DashboardBrowser;
beforeAll(async () => {
  browser = await DashboardBrowser.launch();
});
afterAll(() => browser?.[Symbol.asyncDispose]());

/** A false-up with its incident, which is not acknowledged. */
async function serveFalseUp() {
  const now = Date.now();
  const feed = await browser.serve([healthyApiserver(now), falseUpApiserver(now)], [sampleInstance(now)]);
  feed.incidents = [sampleIncident(now)];
  return { feed, now };
}

test("a mismatch is acknowledged with a name and a note, and the card and the band show by whom", async () => {
  const { feed } = await serveFalseUp();
  await using _ = feed;
  const { page, messages } = await browser.open(feed.url);
  await page.locator(".band-critical").waitFor();
  await page.keyboard.press("a");
  const form = page.getByRole("form", { name: "Acknowledge" });
  await form.getByLabel("Your name").fill("Ada");
  await form.getByLabel("Note").fill("etcd's disk is full");
  await page.keyboard.press("Enter");
  await page.locator(".card-acknowledged").waitFor();
  expect(await page.locator(".card-acknowledged").textContent()).toMatch(
    /^Ada has it since \d\d:\d\d:\d\d: etcd's disk is full$/,
  );
  expect(feed.remarks).toEqual([{ id: ID, kind: "acknowledge", name: "Ada", note: "etcd's disk is full" }]);
  await page.locator(".band-acknowledged").waitFor();
  expect(await page.locator(".band-detail").textContent()).toMatch(/Ada has it since \d\d:\d\d:\d\d\.$/);
  await expect.poll(() => page.getByRole("button", { name: "Acknowledge" }).count()).toBe(0);
  // The button that opened the form is gone, and the keyboard goes on from the card.
  await expect.poll(() => page.evaluate("document.activeElement.className")).toMatch(/^card /);
  const toast = page.locator(".toast", { hasText: "Acknowledged" });
  await toast.waitFor();
  await toast.getByRole("button", { name: "Dismiss" }).click();
  await toast.waitFor({ state: "detached" });
  // The next one needs no name.
  expect(await page.evaluate(`localStorage.getItem("haprobe:name")`)).toBe("Ada");
  expect(messages).toEqual([]);
  await page.context().close();
});

test("where haprobe asks for a token, the form does, and says why it was refused", async () => {
  const { feed } = await serveFalseUp();
  await using _ = feed;
  feed.token = "operator-token-0123456789";
  const { page } = await browser.open(feed.url);
  await page.getByRole("button", { name: "Acknowledge" }).click();
  const form = page.getByRole("form", { name: "Acknowledge" });
  await form.getByLabel("Your name").fill("Ada");
  await form.getByRole("button", { name: "Acknowledge" }).click();
  await form.getByRole("alert").waitFor();
  expect(await form.getByRole("alert").textContent()).toBe("A write needs the token of an operator.");
  await form.getByLabel("Token").fill("operator-token-0123456789");
  await form.getByRole("button", { name: "Acknowledge" }).click();
  await page.locator(".card-acknowledged").waitFor();
  expect(feed.remarks).toHaveLength(1);
  await page.context().close();
});

test("a mismatch is marked as expected on its card, and no longer on its row", async () => {
  const { feed, now } = await serveFalseUp();
  await using _ = feed;
  const { page, messages } = await browser.open(feed.url);
  await page.getByRole("button", { name: "Expected…" }).click();
  const form = page.getByRole("form", { name: "Mark as expected" });
  await form.getByLabel("Your name").fill("Ada");
  await form.getByLabel("Why it is expected").fill("cp-2 is being rebuilt");
  await page.keyboard.press("Enter");
  await expect.poll(() => feed.remarks.length).toBe(1);
  feed.publish([falseUpApiserver(now, { expected: "cp-2 is being rebuilt", tone: "quiet" })]);
  await page.locator(".card").waitFor({ state: "detached" });
  // It is folded with the next turn of the table.
  await page.locator('[data-group="lb-1/k8s-api"][aria-expanded="false"]').click();
  await page.locator('[data-key="lb-1/k8s-api/cp-2"]').click();
  await page.getByText("Expected: cp-2 is being rebuilt").waitFor();
  await page.getByRole("button", { name: "Not expected" }).click();
  await page.getByRole("form", { name: "Not expected" }).getByRole("button", { name: "Not expected" }).click();
  await expect.poll(() => feed.remarks.length).toBe(2);
  expect(feed.remarks).toEqual([
    { id: ID, kind: "expected", name: "Ada", why: "cp-2 is being rebuilt" },
    { id: ID, kind: "expected", name: "Ada", why: null },
  ]);
  expect(messages).toEqual([]);
  await page.context().close();
});

test("what another person acknowledged is shown, and while disconnected nothing can be written", async () => {
  const { feed, now } = await serveFalseUp();
  const at = new Date(now).toISOString();
  const expected = falseUpApiserver(now, { server: "cp-3", expected: "it is being rebuilt", tone: "quiet" });
  const members = sampleIncident(now).members.map((member) => ({ ...member, key: expected.key, server: "cp-3" }));
  const remark = { at, name: "Ada", text: "it is being rebuilt" };
  feed.incidents = [sampleIncident(now), sampleIncident(now, { id: "of cp-3", members, expected: remark })];
  feed.publish([expected]);
  const { page } = await browser.open(feed.url);
  const { page: drawer } = await browser.open(`${feed.url}servers/${expected.key}`);
  for (const each of [page, drawer]) await each.getByRole("button", { name: "Acknowledge" }).waitFor();
  await feed[Symbol.asyncDispose]();
  for (const [each, names] of [
    [page, ["Acknowledge", "Expected…"]],
    [drawer, ["Acknowledge", "Not expected"]],
  ] as const) {
    await each.locator(".page-disconnected").waitFor();
    for (const name of names) await expect.poll(() => each.getByRole("button", { name }).isDisabled()).toBe(true);
    await each.context().close();
  }

  const { feed: other } = await serveFalseUp();
  await using _ = other;
  const { page: later } = await browser.open(other.url);
  other.incidents = [sampleIncident(now, { acknowledgement: { at, name: "Bob", text: "" } })];
  other.publish([falseUpApiserver(now)]);
  await later.getByText(/^Bob has it since \d\d:\d\d:\d\d$/).waitFor();
  await later.context().close();
});
