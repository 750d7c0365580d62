import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import type { DashboardBrowser } from "./dashboard-browser.ts";
import type { FleetHaprobeOptions, RealFleet } from "./real-fleet.ts";
import type { Haprobe } from "./real-haprobe.ts";
import { isReadBackAdvice } from "./strip-pixels.ts";

/** What a scene plays on. */
export interface Stage {
  readonly browser: DashboardBrowser;
  readonly fleet: RealFleet;
  readonly haprobe: Haprobe;
  /** What haprobe records is there; empty unless the scene `isRecorded`. */
  readonly dataDir: string;
  /** Width of the window, px. */
  readonly width: number;
  /** Opens the page at this path and query; it is closed with the scene. */
  open(path?: string, options?: Parameters<DashboardBrowser["open"]>[1]): Promise<Page>;
}

/** A rule that the page keeps, shown on a real haprobe beside real HAProxies. */
export interface Scene {
  readonly rule: string;
  /** How haprobe is started. */
  readonly options?: FleetHaprobeOptions;
  /** haprobe records what it sees. */
  readonly isRecorded?: boolean;
  /** The browser reports a connection that is refused. */
  readonly hasErrors?: boolean;
  /** Breaks and configures nothing: it can be played on a haprobe that others have used. */
  readonly isQuiet?: boolean;
  /** Waits for the end of an incident; left out of the default lane. */
  readonly isLong?: boolean;
  readonly play: (stage: Stage) => Promise<void>;
}

/** Plays the scene on this haprobe, or starts one and restores the fleet; resolves with the errors that the browser reported. */
export async function playScene(
  { options, isRecorded = false, hasErrors, play }: Scene,
  { browser, fleet, width, haprobe: shared }: Pick<Stage, "browser" | "fleet" | "width"> & Partial<Stage>,
): Promise<string[]> {
  const opened: { readonly page: Page; readonly messages: string[] }[] = [];
  await using data = isRecorded ? await mkdtempDisposable(join(tmpdir(), "haprobe-data-")) : null;
  const dataDir = data?.path ?? "";
  const haprobe = shared ?? (await fleet.serve(browser.webRoot, isRecorded ? { ...options, dataDir } : options));
  try {
    const open: Stage["open"] = async (path = "", given = {}) => {
      const url = URL.canParse(path) ? path : `${haprobe.url}${path}`;
      opened.push(await browser.open(url, { width, ...given }));
      return (opened.at(-1) as (typeof opened)[number]).page;
    };
    await play({ browser, fleet, haprobe, dataDir, width, open });
  } finally {
    for (const { page } of opened) await page.context().close();
    if (shared === undefined) {
      await haprobe[Symbol.asyncDispose]();
      await fleet.reset();
    }
  }
  if (hasErrors) return [];
  return opened.flatMap(({ messages }) => messages).filter((message) => !isReadBackAdvice(message));
}
