import type { Page } from "playwright-core";

/** The sentence of the header band. */
export function headline(page: Page): Promise<string | null> {
  return page.locator("h1").textContent();
}

/** Part of an element that is inside the viewport and below the sticky heads, 0 … 1; 0 where there is none. */
export function visiblePart(page: Page, selector: string): Promise<number> {
  return page.evaluate(`(() => {
    const node = document.querySelector(${JSON.stringify(selector)});
    if (node === null) return 0;
    const { top, bottom } = node.getBoundingClientRect();
    return Math.max(0, Math.min(bottom, innerHeight) - Math.max(top, 80)) / (bottom - top);
  })()`);
}

/** The tab while nothing is known. */
export const UNKNOWN_TAB = { title: "unknown · haprobe", icon: "./favicon-unknown.svg", isLogoGrey: true };

/** Title and icon of the tab, and whether the logo is grey. */
export async function tabState(page: Page): Promise<{ title: string; icon: string | null; isLogoGrey: boolean }> {
  return {
    title: await page.title(),
    icon: await page.locator("#favicon").getAttribute("href"),
    isLogoGrey: (await page.locator(".logo-unknown").count()) === 1,
  };
}

/** Texts of these elements that their own box or one around it cuts off. */
export function clippedTexts(page: Page, selector: string): Promise<string[]> {
  return page.evaluate(`(() => {
    const isOutside = (node) => {
      if (getComputedStyle(node).overflowX !== "visible" && node.scrollWidth > node.clientWidth + 1) return true;
      const { left, right } = node.getBoundingClientRect();
      for (let box = node.parentElement; box !== null; box = box.parentElement) {
        const edge = box.getBoundingClientRect();
        if (getComputedStyle(box).overflowX !== "visible" && (left < edge.left - 1 || right > edge.right + 1)) return true;
      }
      return false;
    };
    return [...document.querySelectorAll(${JSON.stringify(selector)})]
      .filter((node) => node.getClientRects().length > 0 && isOutside(node))
      .map((node) => node.className + ": " + node.textContent);
  })()`);
}

/** Records headlines and layout shifts from now on, for `recordedChanges`. */
export async function recordChanges(page: Page): Promise<void> {
  await page.evaluate(`(() => {
    window.shifts = [];
    new PerformanceObserver((list) => list.getEntries().forEach(({ value, sources }) => {
      if (value > 0) window.shifts.push(sources.map(({ node }) => node?.className ?? node?.textContent).join());
    })).observe({ type: "layout-shift" });
    window.headlines = new Set([document.querySelector("h1").textContent]);
    new MutationObserver(() => window.headlines.add(document.querySelector("h1").textContent))
      .observe(document.body, { subtree: true, childList: true, characterData: true });
  })()`);
}

/** Headlines and layout shifts since `recordChanges`. */
export function recordedChanges(page: Page): Promise<{ headlines: string[]; shifts: string[] }> {
  return page.evaluate("({ headlines: [...window.headlines], shifts: window.shifts })");
}
