import { AxeBuilder } from "@axe-core/playwright";
import { createServer, type Server } from "node:http";
import { once } from "node:events";
import { mkdtempDisposable, readFile, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { type ControlPlane, startControlPlane, waitForVerdicts } from "../http/control-plane.ts";
import { type HaprobeProcess, startHaprobe } from "../support/haprobe-cli.ts";
import { lowContrastTexts } from "./rendered-contrast.ts";

export const OPERATOR_TOKEN = "operator-token-0123456789";

/** A real haprobe beside a real HAProxy, of which cp-2 is falsely up, with a store, tokens and a channel. */
export interface PagesScene extends AsyncDisposable {
  readonly plane: ControlPlane;
  haprobe: HaprobeProcess;
  /** Status that the channel's receiver answers with. */
  receiverStatus: number;
  /** Starts haprobe again where it was, after it was stopped; resolves once it listens. */
  start(): Promise<void>;
  /** Replaces the configuration file. */
  writeConfig(change: (text: string) => string): Promise<void>;
}

export async function startPagesScene(): Promise<PagesScene> {
  await using started = new AsyncDisposableStack();
  const data = await mkdtempDisposable(join(tmpdir(), "haprobe-pages-"));
  started.defer(() => data.remove());
  // The first message may come before there is a scene.
  let receiverStatus = 200;
  const receiver: Server = createServer((request, response) => {
    request.resume();
    response.writeHead(receiverStatus).end();
  });
  receiver.listen(0, "127.0.0.1");
  await once(receiver, "listening");
  started.defer(() => {
    receiver.closeAllConnections();
    receiver.close();
  });
  const plane = started.use(await startControlPlane());
  const config = plane.args[1] ?? "";
  const tokenFile = join(data.path, "token");
  await writeFile(tokenFile, OPERATOR_TOKEN, { mode: 0o600 });
  const own = `
auth: {tokens: [{name: mara, role: operator, token-file: ${tokenFile}}]}
alerts:
  channels: [{name: chat, webhook: {url: "http://127.0.0.1:${(receiver.address() as AddressInfo).port}/secret-path"}}]
  routes: [{channels: [chat], wait: 0s, group-wait: 0s, group-by: [target]}]
`;
  await writeFile(config, (await readFile(config, "utf8")) + own);
  const args = [...plane.args, "--data-dir", join(data.path, "data")];
  const haprobe = started.use(await startHaprobe(args));
  await waitForVerdicts(haprobe.url, { "cp-1": "agree-up", "cp-2": "false-up confirmed" });
  const resources = started.move();
  const scene: PagesScene = {
    plane,
    haprobe,
    get receiverStatus() {
      return receiverStatus;
    },
    set receiverStatus(status) {
      receiverStatus = status;
    },
    async start() {
      scene.haprobe = resources.use(await startHaprobe([...args, "--listen", new URL(haprobe.url).host]));
    },
    async writeConfig(change) {
      await writeFile(config, change(await readFile(config, "utf8")));
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
  return scene;
}

/** The address of every page, with what is opened in it. */
export async function pagePaths(url: string): Promise<readonly string[]> {
  const read = async (path: string): Promise<Record<string, readonly { readonly id: string }[]>> =>
    (await (await fetch(`${url}/api/v1/${path}`)).json()) as Record<string, readonly { readonly id: string }[]>;
  const { incidents = [] } = await read("incidents?open=true");
  const { notifications = [] } = await read("notifications");
  return [
    "",
    "servers?q=k8s",
    SERVER_PATH,
    "incidents",
    `incidents/${incidents[0]?.id}`,
    "numbers",
    "findings",
    "notifications?silence=lb-1/k8s-api/cp-2",
    `notifications/${notifications[0]?.id}`,
    "settings",
    "?kiosk=1",
  ];
}

const SERVER_PATH = "servers/lb-1/k8s-api/cp-2";
/** What is there once these pages are loaded; of the others, the first block. */
const LOADED: Readonly<Record<string, string>> = { "?kiosk=1": ".kiosk-backend", [SERVER_PATH]: ".changes li" };

/** Opens one of these and waits until it is loaded. */
export async function openPage(page: Page, url: string, path: string): Promise<void> {
  await page.goto(`${url}/${path}`);
  await page
    .locator(LOADED[path] ?? "main:not([aria-busy=true]) .block")
    .first()
    .waitFor();
  await page.locator("main[aria-busy=true], main [aria-busy=true]").first().waitFor({ state: "detached" });
}

/** What is found of a page at each width of the design: a text wider than the window, or anything against WCAG AA. */
export async function problemsOf(page: Page, textsMin?: number): Promise<readonly string[]> {
  const found = [...(await violationsOf(page, { quick: true, textsMin }))];
  for (const width of [390, 768, 2560, 1440]) {
    await page.setViewportSize({ width, height: 900 });
    const needed = await page.evaluate<number>("document.documentElement.scrollWidth");
    if (needed !== width) found.push(`${page.url()} needs ${needed} of ${width} px`);
  }
  return found;
}

/** What is found against WCAG AA: by axe in both themes, or `quick`: by axe in one of them, and the contrast of every text in both. */
export async function violationsOf(
  page: Page,
  { quick = false, textsMin }: { quick?: boolean; textsMin?: number | undefined } = {},
): Promise<readonly string[]> {
  const found: string[] = [];
  for (const theme of ["light", "dark"]) {
    await page.evaluate(`document.documentElement.setAttribute("data-mantine-color-scheme", "${theme}")`);
    const of = (problem: string): string => `${page.url()} ${theme} ${problem}`;
    found.push(...(await lowContrastTexts(page, textsMin)).map(of));
    if (quick && theme === "dark") continue;
    const axe = new AxeBuilder({ page }).withTags(["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]);
    const { violations } = await (quick ? axe.disableRules("color-contrast") : axe).analyze();
    found.push(...violations.map(({ id, nodes }) => of(`${id}: ${nodes[0]?.html}`)));
  }
  return found;
}
