import type { Page } from "playwright-core";

/** Texts of the page, of which there are `textsMin` at least, in its present theme with less contrast than WCAG AA asks for, with what they reach; controls that are off are exempt. */
export function lowContrastTexts(page: Page, textsMin = 10): Promise<readonly string[]> {
  return page.evaluate(`(${READ})(${textsMin})`);
}

/** By the colours that the browser computed, each blended with those below it. */
const READ = `((textsMin) => {
  const parse = (text) => {
    const [r, g, b, a = 1] = text.match(/[\\d.]+/g).map(Number);
    return text.startsWith("color(srgb") ? [r * 255, g * 255, b * 255, a] : [r, g, b, a];
  };
  const over = ([r, g, b, a], below) => [r, g, b].map((part, i) => part * a + below[i] * (1 - a));
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((part) => part / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (a, b) => {
    const [light, dark] = [luminance(a), luminance(b)].toSorted((x, y) => y - x);
    return (light + 0.05) / (dark + 0.05);
  };
  const groundOf = (element) => {
    const layers = [];
    for (let box = element; box !== null; box = box.parentElement) {
      const colour = parse(getComputedStyle(box).backgroundColor);
      if (colour[3] > 0) layers.push(colour);
      if (colour[3] === 1) break;
    }
    return layers.reduceRight((below, layer) => over(layer, below), [255, 255, 255]);
  };
  const opacityOf = (element) => {
    let opacity = 1;
    for (let box = element; box !== null; box = box.parentElement) opacity *= Number(getComputedStyle(box).opacity);
    return opacity;
  };
  const isShown = (element) => element.checkVisibility({ visibilityProperty: true }) && element.closest(".visually-hidden") === null;
  const found = new Set();
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let read = 0;
  for (let text = texts.nextNode(); text !== null; text = texts.nextNode()) {
    const element = text.parentElement;
    if (text.data.trim() === "" || !isShown(element) || element.closest("script, style, :disabled, [aria-disabled=true]")) continue;
    read += 1;
    const style = getComputedStyle(element);
    const ground = groundOf(element);
    const [r, g, b, a] = parse(element.closest("svg") === null ? style.color : style.fill);
    const reached = contrast(over([r, g, b, a * opacityOf(element)], ground), ground);
    const size = Number.parseFloat(style.fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if (reached < (isLarge ? 3 : 4.5)) {
      found.add(reached.toFixed(2) + " " + element.className + ": " + text.data.trim().slice(0, 40));
    }
  }
  if (read < textsMin) throw new Error("only " + read + " texts on " + location.href);
  return [...found];
})`;
