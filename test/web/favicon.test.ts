import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { FAVICON_STATES, faviconSvg } from "../../web/favicon.ts";

const folder = join(import.meta.dirname, "../../web/public");

test("the icon files are what the drawing says, one for each state", () => {
  const files = readdirSync(folder).filter((name) => name.startsWith("favicon-"));
  expect(files.toSorted()).toEqual(FAVICON_STATES.map((state) => `favicon-${state}.svg`).toSorted());
  for (const state of FAVICON_STATES) {
    expect(readFileSync(join(folder, `favicon-${state}.svg`), "utf8")).toBe(faviconSvg(state));
  }
});
