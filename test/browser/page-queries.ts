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

/** Opens what a phone folds in its cards; elsewhere nothing is folded. */
export async function unfoldCards(page: Page): Promise<void> {
  await page.locator(".card").first().waitFor();
  for (const button of await page.locator(".card-unfold:visible").all()) {
    if ((await button.getAttribute("aria-expanded")) === "false") await button.click();
  }
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

/** Keys of the rows that show what HAProxy says as if it were of the moment, of those that are rendered. */
export function rowsThatLookLive(page: Page): Promise<string[]> {
  return page.evaluate(`[...document.querySelectorAll(".row")]
    .filter((row) => row.querySelector(".cell-sessions").textContent !== "–" || row.querySelector(".cell-haproxy.muted") === null)
    .map((row) => row.dataset.key)`);
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
      if (value > 0) window.shifts.push(sources.map(({ node, previousRect, currentRect }) =>
        (node?.outerHTML ?? node?.textContent)?.slice(0, 80) + " from " + previousRect.y + " to " + currentRect.y).join());
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

/** What is visible in the colour of agreement; of a strip its right end. */
export function agreementColoured(page: Page): Promise<string[]> {
  return page.evaluate(`(() => {
    const sample = document.body.appendChild(document.createElement("i"));
    const colours = ["fill", "ink", "tint"].map((role) => {
      sample.style.color = "var(--agree-up-" + role + ")";
      return getComputedStyle(sample).color;
    });
    sample.remove();
    const has = (element) => {
      const style = getComputedStyle(element);
      const own = [...element.childNodes].some(({ nodeType, data }) => nodeType === 3 && data.trim() !== "");
      const isDrawn = element instanceof SVGElement;
      const worn = [own && style.color, style.backgroundColor, isDrawn && style.fill, isDrawn && style.stroke];
      for (const side of ["Top", "Right", "Bottom", "Left"]) {
        if (style["border" + side + "Width"] !== "0px") worn.push(style["border" + side + "Color"]);
      }
      return worn.some((colour) => colours.includes(colour));
    };
    const endsSo = (canvas) => {
      const { data } = canvas.getContext("2d").getImageData(canvas.width - 1, 0, 1, canvas.height);
      for (let at = 0; at < data.length; at += 4) {
        if (data[at + 3] === 255 && colours.includes("rgb(" + [...data.slice(at, at + 3)].join(", ") + ")")) return true;
      }
      return false;
    };
    return [...document.body.querySelectorAll("*")]
      .filter((element) => element.checkVisibility() && element.getClientRects().length > 0)
      .filter((element) => (element.matches("canvas.strip") && element.width > 2 ? endsSo(element) : has(element)))
      .map((element) => (element.closest("[class]")?.getAttribute("class") ?? element.tagName) + ": " + element.textContent.slice(0, 40));
  })()`);
}
