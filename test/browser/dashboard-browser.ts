import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, type CDPSession, chromium, type Page } from "playwright-core";
import { build } from "vite";
import type { InstanceStatus, ServerStatus } from "../../server/contract/status.ts";
import { FakeDashboardServer } from "./fake-dashboard-server.ts";

/** Flags of a browser that runs as root and reaches nothing else. */
export const CHROMIUM_FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  // A name that is no secure context, as an operator's browser sees haprobe over plain HTTP.
  "--host-resolver-rules=MAP haprobe.test 127.0.0.1",
];

/** Reports what the content security policy refused, also where the browser's own message would be missed. */
const POLICY_VIOLATIONS = `document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) =>
  console.error("content security policy: " + violatedDirective + " refused " + blockedURI))`;

/** The browser to test with: HAPROBE_TEST_CHROMIUM, else the first of the usual names on PATH. */
export function chromiumPath(): string {
  const given = process.env["HAPROBE_TEST_CHROMIUM"];
  if (given !== undefined && given !== "") return given;
  for (const name of ["chromium", "chromium-browser", "google-chrome"]) {
    for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
      if (existsSync(join(folder, name))) return join(folder, name);
    }
  }
  throw new Error("no chromium on PATH: install one, or name it in HAPROBE_TEST_CHROMIUM");
}

/** A chromium and a separate build of the page, so that a test does not depend on the one in dist. */
export class DashboardBrowser implements AsyncDisposable {
  readonly webRoot: string;
  readonly #browser: Browser;
  #devtools: CDPSession | null = null;

  private constructor(webRoot: string, browser: Browser) {
    this.webRoot = webRoot;
    this.#browser = browser;
  }

  /** Builds the page, with its compressed files where `isCompressed`, and starts a chromium. */
  static async launch({ isCompressed = false } = {}): Promise<DashboardBrowser> {
    const webRoot = await mkdtemp(join(tmpdir(), "haprobe-web-"));
    // With NODE_ENV=test React would be built for development.
    const before = process.env["NODE_ENV"];
    process.env["NODE_ENV"] = "production";
    const configFile = fileURLToPath(new URL("../../vite.config.ts", import.meta.url));
    const mode = isCompressed ? "production" : "test";
    await build({ configFile, mode, logLevel: "error", build: { outDir: webRoot } });
    if (before === undefined) delete process.env["NODE_ENV"];
    else process.env["NODE_ENV"] = before;
    return new DashboardBrowser(
      webRoot,
      await chromium.launch({ executablePath: chromiumPath(), args: CHROMIUM_FLAGS }),
    );
  }

  /** Starts a fake haprobe with these servers. */
  serve(servers: readonly ServerStatus[], instances: readonly InstanceStatus[]): Promise<FakeDashboardServer> {
    return FakeDashboardServer.start(this.webRoot, servers, instances);
  }

  /** Opens the page; `messages` collects errors and warnings of the browser. */
  async open(
    url: string,
    options: {
      width?: number;
      height?: number;
      scale?: number;
      theme?: "light" | "dark";
      waitFor?: string;
      /** How long the page may take to load. */
      timeoutMs?: number;
      /** What the person allows besides the clipboard. */
      permissions?: readonly string[];
      /** Runs before the page's own. */
      script?: string;
    } = {},
  ): Promise<{ page: Page; messages: string[] }> {
    const { width = 1440, height = 900, scale = 1, theme = "light", waitFor = "[data-group]" } = options;
    const context = await this.#browser.newContext({
      viewport: { width, height },
      deviceScaleFactor: scale,
      colorScheme: theme,
      permissions: ["clipboard-read", "clipboard-write", ...(options.permissions ?? [])],
    });
    await context.addInitScript(POLICY_VIOLATIONS);
    if (options.script !== undefined) await context.addInitScript(options.script);
    const page = await context.newPage();
    const messages: string[] = [];
    page.on("pageerror", (error) => messages.push(error.message));
    page.on("console", (message) => {
      // Another process of this machine made or removed a network interface.
      if (message.text().endsWith("net::ERR_NETWORK_CHANGED")) return;
      // The page was left while it connected.
      if (message.text().endsWith("WebSocket is closed before the connection is established.")) return;
      if (message.type() === "error" || message.type() === "warning") messages.push(message.text());
    });
    await page.goto(url, { timeout: options.timeoutMs ?? 30_000 });
    await page.locator(waitFor).first().waitFor();
    return { page, messages };
  }

  /** CPU time of all processes of the browser so far, seconds. */
  async cpuSeconds(): Promise<number> {
    return (await this.#processes()).reduce((total, { cpuTime }) => total + cpuTime, 0);
  }

  /** Ids of the processes of the browser. */
  async pids(): Promise<readonly number[]> {
    return (await this.#processes()).map(({ id }) => id);
  }

  async #processes(): Promise<readonly { readonly id: number; readonly cpuTime: number }[]> {
    this.#devtools ??= await this.#browser.newBrowserCDPSession();
    return (await this.#devtools.send("SystemInfo.getProcessInfo")).processInfo;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
    await rm(this.webRoot, { recursive: true, force: true });
  }
}
