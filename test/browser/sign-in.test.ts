import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { hashPassword } from "../../server/access/password-hash.ts";
import { systemClock } from "../../server/clock.ts";
import { fileSystem } from "../../server/config/file-system.ts";
import { loadSettings } from "../../server/config/load.ts";
import { type Service, startService } from "../../server/service.ts";
import { createLogger } from "../../server/telemetry/logger.ts";
import { DashboardBrowser } from "./dashboard-browser.ts";
import { problemsOf } from "./pages-scene.ts";

const PASSWORD = "correct horse battery";
const dir = mkdtempSync(join(tmpdir(), "haprobe-sign-in-"));
let browser: DashboardBrowser;
let service: Service;
let stranger: Server;
let url: string;
let page: Page;

beforeAll(async () => {
  const hash = await hashPassword(PASSWORD);
  const users = ["viewer", "operator"].map((role) => `- {name: ${role}, role: ${role}, password-hash: "${hash}"}\n`);
  writeFileSync(join(dir, "users.yaml"), users.join(""), { mode: 0o600 });
  writeFileSync(
    join(dir, "haprobe.yaml"),
    `auth: {users-file: users.yaml}\nhaproxy: [{name: lb-1, stats: "unix:${dir}/none.sock"}]\n`,
  );
  const loaded = loadSettings({
    file: join(dir, "haprobe.yaml"),
    haproxy: [],
    listen: "127.0.0.1:0",
    dataDir: "none",
    env: {},
    cwd: dir,
    ...fileSystem,
  });
  if (loaded.kind === "broken") throw new Error(JSON.stringify(loaded.errors));
  browser = await DashboardBrowser.launch();
  service = await startService({
    settings: loaded.settings,
    log: createLogger({ level: "error", format: "json", stream: process.stderr }),
    clock: systemClock,
    random: Math.random,
    vantage: "host-a",
    webRoot: browser.webRoot,
  });
  const { address } = service as unknown as { address: { port: number } };
  url = `http://127.0.0.1:${address.port}/`;
  stranger = createServer((_request, response) => response.setHeader("content-type", "text/html").end("<p>stranger"));
  await new Promise<void>((resolve) => stranger.listen(0, "127.0.0.1", resolve));
  ({ page } = await browser.open(`${url}findings`, { waitFor: ".sign-in-panel" }));
});
afterAll(async () => {
  await page?.context().close();
  stranger?.close();
  await service?.stop();
  await browser?.[Symbol.asyncDispose]();
  rmSync(dir, { recursive: true, force: true });
});

/** Types name and password by keyboard, and sends them. */
async function signIn(name: string, password: string): Promise<void> {
  await page.getByLabel("Name").fill(name);
  await page.keyboard.press("Tab");
  await page.keyboard.type(password);
  await page.keyboard.press("Enter");
}

/** Status of a write to haprobe from the page that is open, with its CSRF token. */
function acknowledge(): Promise<number> {
  return page.evaluate(async () => {
    const session = (await (await fetch("/api/v1/session")).json()) as { csrfToken: string };
    const response = await fetch("/api/v1/incidents/x/acknowledge", {
      method: "POST",
      headers: { "content-type": "application/json", "x-csrf-token": session.csrfToken },
      body: JSON.stringify({ note: "" }),
    });
    return response.status;
  });
}

test("the sign-in fits every width and misses nothing of WCAG AA", async () => {
  expect(await problemsOf(page, 5)).toEqual([]);
});

test("a sign-in leads back to the same address, a viewer cannot acknowledge, a sign-out ends what is open", async () => {
  await signIn("viewer", "wrong password");
  await page.getByRole("alert").waitFor();
  expect(await page.getByRole("alert").textContent()).toBe("The name or the password is wrong.");
  await signIn("viewer", PASSWORD);
  await page.locator(".top-bar").waitFor();
  await expect.poll(() => page.url()).toBe(`${url}findings`);
  expect(await acknowledge()).toBe(403);

  await page.goto(`${url}settings`);
  const other = await page.context().newPage();
  await other.goto(`${url}servers`);
  await other.locator(".top-bar").waitFor();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.locator(".sign-in-panel").waitFor();
  // Its stream ends with the session, and nothing of the fleet stays in view.
  await other.locator(".sign-in-panel").waitFor();
  await other.close();

  await signIn("operator", PASSWORD);
  await page.locator(".top-bar").waitFor();
  expect(await acknowledge()).toBe(404);
});

test("another site's page can neither open our streams nor write nor read, with the cookie of its visitor", async () => {
  const foreign = await page.context().newPage();
  // Another port of the same host: browsers send the cookie along.
  await foreign.goto(`http://127.0.0.1:${(stranger.address() as AddressInfo).port}/`);
  const outcomes = await foreign.evaluate(async (target) => {
    const open = (path: string): Promise<string> =>
      new Promise((resolve) => {
        const socket = new WebSocket(`${target.replace("http", "ws")}${path}`);
        socket.addEventListener("open", () => resolve("open"));
        socket.addEventListener("error", () => resolve("refused"));
      });
    const send = async (init: RequestInit, path: string): Promise<string> => {
      try {
        return `${(await fetch(target + path, { credentials: "include", ...init })).status}`;
      } catch {
        return "blocked";
      }
    };
    return [
      await open("api/v1/stream"),
      await open("socket.io/?EIO=4&transport=websocket"),
      await send({}, "api/v1/servers"),
      await send(
        { method: "POST", headers: { "content-type": "application/json" }, body: "{}" },
        "api/v1/channels/x/test",
      ),
    ];
  }, url);
  expect(outcomes).toEqual(["refused", "refused", "blocked", "blocked"]);
  await foreign.close();
});
