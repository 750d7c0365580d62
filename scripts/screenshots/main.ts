import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { chromium, type Page } from "playwright-core";
import { playPictures } from "./pictures.ts";
import { startScene } from "./scene.ts";

const SIZES = { 390: 844, 768: 1024, 1440: 900, 2560: 1440 } as const;
/** The strips of a page are loaded within this time. */
const STRIPS_MS = 5_000;
const THEMES = ["light", "dark"] as const;
/** Ends the play. */
const LAST = new Error("the last picture was taken");

// Pictures of every page and state from a scripted scene: `npm run screenshots -- --out DIR --widths 1440 --only overview`.
const { values } = parseArgs({
  options: {
    out: { type: "string", default: "dist/screenshots" },
    only: { type: "string", default: "" },
    /** The play ends with this picture. */
    last: { type: "string", default: "" },
    widths: { type: "string", default: Object.keys(SIZES).join() },
    themes: { type: "string", default: THEMES.join() },
    /** Seconds in which the scene runs before the first picture. */
    "warm-up": { type: "string", default: "15" },
  },
});
const widths = values.widths.split(",").map(Number);
const themes = THEMES.filter((theme) => values.themes.split(",").includes(theme));
mkdirSync(values.out, { recursive: true });

await using scene = await startScene();
const browser = await chromium.launch({
  executablePath: process.env["HAPROBE_TEST_CHROMIUM"] ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--hide-scrollbars"],
});
try {
  await playPictures(
    scene,
    1_000 * Number(values["warm-up"]),
    async (name, url, { before, act, prepare, isAtOnce = false } = {}) => {
      if (!name.startsWith(values.only)) return act?.();
      const opened: { readonly file: string; readonly page: Page }[] = [];
      for (const theme of themes) {
        for (const width of widths) {
          const height = SIZES[width as keyof typeof SIZES] ?? 900;
          const context = await browser.newContext({ viewport: { width, height }, colorScheme: theme });
          const page = await context.newPage();
          await before?.(page);
          await page.goto(url);
          await page.evaluate("document.fonts.ready");
          const file = join(values.out, `${name}-${theme}-${width}.webp`);
          if (isAtOnce) {
            await prepare?.(page);
            await savePicture(file, page);
            continue;
          }
          // One page after another: haprobe reads the history for few requests at once. A page that waits has none.
          await page.waitForLoadState("networkidle", { timeout: STRIPS_MS }).catch(() => {});
          opened.push({ file, page });
        }
      }
      await act?.();
      await Promise.all(
        opened.map(async ({ file, page }) => {
          await prepare?.(page);
          await page.waitForTimeout(500);
          await savePicture(file, page);
        }),
      );
      console.log(name);
      if (name === values.last) throw LAST;
    },
  );
} catch (error) {
  if (error !== LAST) throw error;
} finally {
  await browser.close();
}

/** Writes a picture of the page and closes it. */
async function savePicture(file: string, page: Page): Promise<void> {
  writeFileSync(file, await toWebp(page, await page.screenshot()));
  await page.context().close();
}

/** The picture as WebP, a third of its size as PNG, encoded by the browser on an empty page. */
async function toWebp(page: Page, png: Buffer): Promise<Buffer> {
  await page.goto("about:blank");
  const url = await page.evaluate<string>(`(async () => {
    const bytes = Uint8Array.from(atob(${JSON.stringify(png.toString("base64"))}), (char) => char.charCodeAt(0));
    const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
    const canvas = document.createElement("canvas");
    canvas.width = bitmap.width;
    canvas.height = bitmap.height;
    canvas.getContext("2d").drawImage(bitmap, 0, 0);
    return canvas.toDataURL("image/webp", 0.9);
  })()`);
  return Buffer.from(url.slice(url.indexOf(",") + 1), "base64");
}
