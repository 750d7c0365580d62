import type { GlyphName } from "../lib/display-verdict.ts";

/** A small strip as logo. During a mismatch its lower lane is cut and ends in the verdict's colour; unknown is grey. */
export function Logo({ worst, isKnown }: { worst: GlyphName | null; isKnown: boolean }) {
  const isMismatch = worst === "false-up" || worst === "false-down";
  return (
    <svg
      className={isKnown || isMismatch ? "logo" : "logo logo-unknown"}
      width="18"
      height="16"
      viewBox="0 0 18 16"
      aria-hidden="true"
      focusable="false"
    >
      <rect x="0" y="1.5" width="18" height="5.5" rx="1.2" className="logo-lane" />
      <rect x="0" y="9" width={isMismatch ? 8 : 18} height="5.5" rx="1.2" className="logo-lane" />
      {isMismatch && <rect x="10" y="9" width="8" height="5.5" rx="1.2" className={`verdict-${worst} logo-end`} />}
    </svg>
  );
}
