import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { FAVICON_STATES, faviconSvg } from "../../web/favicon.ts";

const folder = join(import.meta.dirname, "../../web/public");

test("each state has its favicon file, equal to the drawing", () => {
  const files = readdirSync(folder).filter((name) => name.startsWith("favicon-"));
  expect(files.toSorted()).toEqual(FAVICON_STATES.map((state) => `favicon-${state}.svg`).toSorted());
  for (const state of FAVICON_STATES) {
    expect(readFileSync(join(folder, `favicon-${state}.svg`), "utf8")).toBe(faviconSvg(state));
  }
});
