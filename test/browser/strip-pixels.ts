import type { Page } from "playwright-core";

/** Where the strip of a row is red, as parts of its width; null where it is not. */
export function redPart(page: Page, key: string): Promise<{ from: number; to: number } | null> {
  return page.evaluate(`(() => {
    const canvas = document.querySelector('[data-key="${key}"] canvas');
    const { width, height } = canvas;
    const { data } = canvas.getContext("2d").getImageData(0, Math.floor(height / 2), width, 1);
    const red = [];
    for (let x = 0; x < width; x += 1) if (data[4 * x] > 190 && data[4 * x + 1] < 80) red.push(x);
    return red.length === 0 ? null : { from: red[0] / width, to: (red.at(-1) + 1) / width };
  })()`);
}

/** Places of the notches at the upper edge of a row's strip, as parts of its width. */
export function notches(page: Page, key: string): Promise<readonly number[]> {
  return page.evaluate(`(() => {
    const canvas = document.querySelector('[data-key="${key}"] canvas');
    const { width } = canvas;
    const { data } = canvas.getContext("2d").getImageData(0, 0, width, 1);
    const places = [];
    // Darker than the lines of the axis.
    for (let x = 0; x < width; x += 1) if (data[4 * x + 3] > 200 && data[4 * x] < 140) places.push(x / width);
    return places;
  })()`);
}

/** True for the browser's advice about reading a canvas, which only tests do. */
export function isReadBackAdvice(message: string): boolean {
  return message.startsWith("Canvas2D: ");
}
