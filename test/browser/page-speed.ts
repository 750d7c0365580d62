import type { CDPSession, Page } from "playwright-core";
import type { DashboardBrowser } from "./dashboard-browser.ts";

const KEYS_EVERY_MS = 150;
const SCROLL_EVERY_MS = 100;
/** A fast turn of a wheel. */
const SCROLL_PX = 400;

/** Milliseconds from the navigation until the groups of the table are painted. */
export async function measureUsefulPaint(browser: DashboardBrowser, url: string): Promise<number> {
  const { page } = await browser.open(url, { script: SPEED_PROBE });
  const paintedAt = await page.evaluate<number>("window.speed.usefulPaint");
  await page.context().close();
  return paintedAt;
}

/** A page whose speed is measured, beside a haprobe in this process. */
export class SpeedTab implements AsyncDisposable {
  readonly page: Page;
  readonly #browser: DashboardBrowser;
  readonly #devtools: CDPSession;
  readonly #stream: WebSocket;
  /** When haprobe sent each delta, wall clock in milliseconds, by `seq`. */
  readonly #sentAt = new Map<number, number>();

  private constructor(browser: DashboardBrowser, page: Page, devtools: CDPSession, stream: WebSocket) {
    this.page = page;
    this.#browser = browser;
    this.#devtools = devtools;
    this.#stream = stream;
    stream.addEventListener("message", ({ data }) => {
      const [, seq] = SEQ.exec(String(data)) ?? [];
      if (seq !== undefined) this.#sentAt.set(Number(seq), performance.timeOrigin + performance.now());
    });
  }

  /** Opens this path of the page; the deltas' times are those of a stream of one small instance. */
  static async open(browser: DashboardBrowser, haprobe: { readonly url: string }, path = ""): Promise<SpeedTab> {
    const { page } = await browser.open(haprobe.url + path, { script: SPEED_PROBE });
    const devtools = await page.context().newCDPSession(page);
    await devtools.send("Performance.enable");
    const stream = new WebSocket(`${haprobe.url.replace("http", "ws")}api/v1/stream?instance=lb-2`);
    await new Promise((resolve, reject) => {
      stream.addEventListener("open", resolve);
      stream.addEventListener("error", reject);
    });
    return new SpeedTab(browser, page, devtools, stream);
  }

  /** Share of one core that all processes of the browser take during this time, 0 … 2 on two cores. */
  async measureCores(ms: number): Promise<number> {
    const [before, from] = [await this.#browser.cpuSeconds(), performance.now()];
    await this.page.waitForTimeout(ms);
    const used = (await this.#browser.cpuSeconds()) - before;
    return used / ((performance.now() - from) / 1_000);
  }

  /** The JavaScript heap after a collection, megabytes. */
  async measureHeap(): Promise<number> {
    await this.#devtools.send("HeapProfiler.collectGarbage");
    const { metrics } = await this.#devtools.send("Performance.getMetrics");
    return (metrics.find(({ name }) => name === "JSHeapUsedSize")?.value ?? Number.NaN) / 1_000_000;
  }

  /** Milliseconds from the moment a delta with other counts was sent until the counters with it are painted. */
  async measurePaints(ms: number): Promise<readonly number[]> {
    await this.page.evaluate("window.speed.recordPaints()");
    await this.page.waitForTimeout(ms);
    const painted = await this.page.evaluate<[number, number][]>("window.speed.painted");
    return painted.flatMap(([seq, at]) => at - (this.#sentAt.get(seq) ?? Number.NaN)).filter(Number.isFinite);
  }

  /** Types into the search and deletes it again; milliseconds from each key to its frame, those below 16 left out. */
  async measureKeys(text: string, ms: number): Promise<readonly number[]> {
    await this.page.keyboard.press("/");
    await this.page.evaluate("window.speed.recordKeys()");
    for (let typed = 0; typed < ms; typed += text.length * 2 * KEYS_EVERY_MS) {
      await this.page.keyboard.type(text, { delay: KEYS_EVERY_MS });
      for (const _ of text) await this.page.keyboard.press("Backspace", { delay: KEYS_EVERY_MS });
    }
    return this.page.evaluate<number[]>("window.speed.keys");
  }

  /** Scrolls the window step by step; milliseconds from each step to the frame with the rows of the new position. */
  async measureScrolls(ms: number): Promise<readonly number[]> {
    for (let at = 0; at < ms; at += SCROLL_EVERY_MS) {
      await this.page.evaluate(`window.speed.scroll(${SCROLL_PX})`);
      await this.page.waitForTimeout(SCROLL_EVERY_MS);
    }
    return this.page.evaluate<number[]>("window.speed.scrolls");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stream.close();
    await this.page.context().close();
  }
}

const SEQ = /"seq":(\d+)/;

/** Runs before the page, so that it gets a message before the page does. */
const SPEED_PROBE = `(() => {
  const afterFrame = (callback) => requestAnimationFrame(() => setTimeout(callback));
  const speed = window.speed = {
    painted: [], keys: [], scrolls: [],
    usefulPaint: new Promise((resolve) =>
      new MutationObserver((_, observer) => {
        if (document.querySelector("[data-group]") === null) return;
        observer.disconnect();
        afterFrame(() => resolve(performance.now()));
      }).observe(document, { subtree: true, childList: true })),
    recordPaints() {
      speed.waiting = [];
      new MutationObserver(() => {
        const shown = speed.waiting.splice(0);
        shownCounts = counts;
        if (shown.length > 0) afterFrame(() => {
          const at = performance.timeOrigin + performance.now();
          speed.painted.push(...shown.map((seq) => [seq, at]));
        });
      }).observe(document.querySelector(".counters"), { subtree: true, childList: true, characterData: true });
    },
    recordKeys() {
      new PerformanceObserver((list) => {
        for (const { name, duration } of list.getEntries()) if (name === "keydown") speed.keys.push(duration);
      }).observe({ type: "event", durationThreshold: 16 });
    },
    scroll(px) {
      const from = performance.now();
      scrollBy({ top: px, behavior: "instant" });
      const look = () => {
        const row = document.elementFromPoint(innerWidth / 3, innerHeight - 40)?.closest("[role=row]");
        if (!row) return requestAnimationFrame(look);
        setTimeout(() => speed.scrolls.push(performance.now() - from));
      };
      requestAnimationFrame(look);
    },
  };
  let counts = null;
  let shownCounts = null;
  window.WebSocket = class extends WebSocket {
    constructor(...given) {
      super(...given);
      this.addEventListener("message", ({ data }) => {
        // A message without other counts changes no counter.
        const [sent = null] = /"verdicts":{[^}]*}/.exec(data) ?? [];
        if (sent === null || sent === counts) return;
        counts = sent;
        // Counts that are back before they were painted change nothing on the page, which has nothing to paint.
        if (sent === shownCounts) speed.waiting?.splice(0);
        else speed.waiting?.push(Number(/${SEQ.source}/.exec(data)[1]));
      });
    }
  };
})()`;
