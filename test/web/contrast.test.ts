import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

/** Reads the colours of one theme from the file that the page loads. */
function tokensOf(selector: string): Map<string, string> {
  const css = readFileSync(join(import.meta.dirname, "../../web/styles/tokens.css"), "utf8");
  const start = css.indexOf(`${selector} {`);
  const block = css.slice(start, css.indexOf("}", start));
  return new Map([...block.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map((match) => [match[1] ?? "", match[2] ?? ""]));
}

/** WCAG 2.2 relative luminance of `#rrggbb`. */
function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((i) => {
    const c = Number.parseInt(hex.slice(i, i + 2), 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [light = 0, dark = 0] = [luminance(a), luminance(b)].toSorted((x, y) => y - x);
  return (light + 0.05) / (dark + 0.05);
}

const TEXT = 4.5;
const MARK = 3;
const VERDICTS = ["false-up", "false-down", "suspected", "agree-up", "agree-down", "out-of-service", "unknown"];

/** Every used pair: foreground, background, and the contrast that it needs. */
function pairs(): [string, string, number][] {
  const list: [string, string, number][] = [];
  for (const ground of ["bg", "surface", "sunken", "code"]) {
    for (const text of ["text", "text-2", "text-3", "accent"]) list.push([text, ground, TEXT]);
  }
  list.push(["on-accent", "accent", TEXT], ["surface", "text", TEXT], ["surface", "text-2", TEXT]);
  list.push(["on-band-critical", "band-critical", TEXT], ["on-band-stale", "band-stale", TEXT]);
  for (const v of VERDICTS) {
    for (const ground of ["bg", "surface", "sunken", `${v}-tint`]) list.push([`${v}-ink`, ground, TEXT]);
    for (const text of ["text", "text-2", "text-3"]) list.push([text, `${v}-tint`, TEXT]);
    list.push([`${v}-on`, `${v}-fill`, TEXT]);
    for (const ground of ["bg", "surface", `${v}-tint`]) list.push([`${v}-fill`, ground, MARK]);
  }
  for (const wash of ["false-up-tint", "false-down-tint", "suspected-tint"]) {
    for (const lane of ["agree-up", "suspected", "out-of-service", "unknown"]) list.push([`${lane}-fill`, wash, MARK]);
  }
  for (const v of ["false-up", "false-down", "suspected"]) list.push([`${v}-ink`, "code", TEXT]);
  for (const ground of ["bg", "surface", "false-up-tint", "false-down-tint"]) list.push(["control", ground, MARK]);
  for (const ground of ["bg", "surface"]) list.push(["focus", ground, MARK], ["agree-down-lane", ground, MARK]);
  return list;
}

describe.each([
  ["light", ":root"],
  ["dark", '[data-mantine-color-scheme="dark"]'],
])("in the %s theme", (_, selector) => {
  const tokens = tokensOf(selector);
  const colour = (name: string): string => {
    const value = tokens.get(name);
    if (value === undefined) throw new Error(`no token --${name}`);
    return value;
  };
  test.each(pairs())("--%s on --%s reaches %d", (front, ground, needed) => {
    expect(contrast(colour(front), colour(ground))).toBeGreaterThanOrEqual(needed);
  });
});

test("both themes name the same tokens", () => {
  const light = [...tokensOf(":root").keys()];
  expect(light.length).toBeGreaterThan(40);
  expect([...tokensOf('[data-mantine-color-scheme="dark"]').keys()]).toEqual(light);
});
