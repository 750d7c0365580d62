import type { GlyphName } from "../lib/display-verdict.ts";

/** The mark: the smallest strip. While a mismatch is open the lower lane is broken and its end wears the verdict's colour. */
export function Logo({ worst }: { worst: GlyphName | null }) {
  const tint = worst === "false-up" ? "fu" : worst === "false-down" ? "fd" : null;
  return (
    <svg className="mark" width="18" height="16" viewBox="0 0 18 16" aria-hidden="true" focusable="false">
      <rect x="0" y="1.5" width="18" height="5.5" rx="1.2" className="mark-lane" />
      <rect x="0" y="9" width={tint === null ? 18 : 8} height="5.5" rx="1.2" className="mark-lane" />
      {tint !== null && <rect x="10" y="9" width="8" height="5.5" rx="1.2" className={`${tint} mark-end`} />}
    </svg>
  );
}
