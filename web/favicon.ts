/** State of the favicon: no mismatch, their number, more than nine, or unknown. */
export type FaviconState = "ok" | "unknown" | "9plus" | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9;
export const FAVICON_STATES: readonly FaviconState[] = ["ok", "unknown", 1, 2, 3, 4, 5, 6, 7, 8, 9, "9plus"];

const TEAL = "#2f93a0";
const RED = "#cf2318";
const GREY = "#687380";

/** SVG of the favicon; a test compares web/public/favicon-STATE.svg with it. */
export function faviconSvg(state: FaviconState): string {
  const lane = (y: number, width: number, fill: string): string =>
    `  <rect x="2" y="${y}" width="${width}" height="11" rx="2.5" fill="${fill}"/>\n`;
  const colour = state === "unknown" ? GREY : TEAL;
  const end = state === "ok" ? "" : badge(state);
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">\n` +
    lane(4, 28, colour) +
    lane(17, state === "ok" ? 28 : 8, colour) +
    `${end}</svg>\n`
  );
}

function badge(state: Exclude<FaviconState, "ok">): string {
  const text = state === "unknown" ? "?" : state === "9plus" ? "9+" : String(state);
  const fill = state === "unknown" ? GREY : RED;
  return (
    `  <rect x="9" y="10" width="23" height="22" rx="5" fill="${fill}" stroke="#fff" stroke-width="1.5"/>\n` +
    `  <text x="20.5" y="27.5" font-family="system-ui,sans-serif" font-size="${text.length > 1 ? 14 : 18}" ` +
    `font-weight="700" text-anchor="middle" fill="#fff">${text}</text>\n`
  );
}
