import type { Page } from "playwright-core";

/** What a page says of the fleet at one moment, without the numbers that tick. */
export interface PageMoment {
  readonly sentence: string;
  readonly counters: readonly string[];
  readonly cards: readonly string[];
  /** By key: verdict, what HAProxy says, what haprobe saw. */
  readonly rows: Readonly<Record<string, readonly string[]>>;
}

const READ = `(() => {
  const text = (node) => (node?.textContent ?? "").replaceAll(/\\s+/g, " ").trim();
  const words = (cell) => [...cell.children].filter((part) => !part.classList.contains("duration")).map(text).join(" ");
  const rows = [...document.querySelectorAll("[data-key]")].map((row) => [
    row.dataset.key,
    [text(row.querySelector(".cell-verdict")), ...[...row.querySelectorAll(".side-cell")].map(words)],
  ]);
  return {
    sentence: text(document.querySelector("h1")),
    counters: [...document.querySelectorAll(".counter")].map(text),
    cards: [...document.querySelectorAll(".card")].map((card) => text(card.querySelector(".badge")) + " " + text(card.querySelector(".card-name"))),
    rows: Object.fromEntries(rows.toSorted()),
  };
})()`;

/** Reads the overview. */
export function readMoment(page: Page): Promise<PageMoment> {
  return page.evaluate(READ);
}

const STEADY_MS = 700;
const STEADY_TRIES = 30;

/** Reads the overview once it stays the same, with a time at which it did. */
export async function readSteadyMoment(page: Page): Promise<{ readonly at: number; readonly shown: PageMoment }> {
  let before = await readMoment(page);
  for (let tries = 0; tries < STEADY_TRIES; tries += 1) {
    const at = Date.now() + STEADY_MS / 2;
    await page.waitForTimeout(STEADY_MS);
    const shown = await readMoment(page);
    if (JSON.stringify(shown) === JSON.stringify(before)) return { at, shown };
    before = shown;
  }
  throw new Error("the page did not become steady");
}
