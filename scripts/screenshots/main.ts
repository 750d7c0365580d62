import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { chromium, type Page } from "playwright-core";
import { playPictures } from "./pictures.ts";
import { startScene } from "./scene.ts";

const PORT = 8405;
const SIZES = { 390: 844, 768: 1024, 1440: 900, 2560: 1440 } as const;
const THEMES = ["light", "dark"] as const;

// Pictures of every page from a scripted scene: `npm run screenshots -- --out DIR --widths 1440 --only overview`.
const { values } = parseArgs({
  options: {
    out: { type: "string", default: "dist/screenshots" },
    only: { type: "string", default: "" },
    widths: { type: "string", default: Object.keys(SIZES).join() },
    themes: { type: "string", default: THEMES.join() },
    port: { type: "string", default: String(PORT) },
  },
});
const widths = values.widths.split(",").map(Number);
const themes = THEMES.filter((theme) => values.themes.split(",").includes(theme));
mkdirSync(values.out, { recursive: true });

await using scene = await startScene(Number(values.port));
const browser = await chromium.launch({
  executablePath: process.env["HAPROBE_TEST_CHROMIUM"] ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--hide-scrollbars"],
});
try {
  await playPictures(scene, async (name, path, prepare = async () => {}) => {
    if (!name.startsWith(values.only)) return;
    await Promise.all(
      themes.flatMap((theme) =>
        widths.map(async (width) => {
          const height = SIZES[width as keyof typeof SIZES] ?? 900;
          const context = await browser.newContext({ viewport: { width, height }, colorScheme: theme });
          const page: Page = await context.newPage();
          await page.goto(new URL(path, scene.url).href);
          await page.evaluate("document.fonts.ready");
          await prepare(page);
          await page.waitForTimeout(700);
          await page.screenshot({ path: join(values.out, `${name}-${theme}-${width}.png`) });
          await context.close();
        }),
      ),
    );
    console.log(name);
  });
} finally {
  await browser.close();
}
