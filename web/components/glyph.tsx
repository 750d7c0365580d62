import { memo } from "react";
import type { GlyphName } from "../lib/display-verdict.ts";
import "./glyph.css";

/** The eight glyphs as SVG symbols, once per page. Only those of confirmed mismatches are filled. */
export const GlyphSprite = memo(function GlyphSprite() {
  return (
    <svg className="sprite" aria-hidden="true" focusable="false">
      <symbol id="g-false-up" viewBox="0 0 16 16">
        <path d="M5.1.8h5.8l4.3 4.3v5.8l-4.3 4.3H5.1L.8 10.9V5.1z" fill="currentColor" />
        <path d="M8 4v4.6" className="glyph-inverse" strokeWidth="2" strokeLinecap="round" />
        <circle cx="8" cy="11.7" r="1.2" className="glyph-dot" />
      </symbol>
      <symbol id="g-false-down" viewBox="0 0 16 16">
        <path d="M8 .4 15.6 8 8 15.6.4 8z" fill="currentColor" />
        <path d="M8 4.4v6.4M5.3 8.4 8 11.1l2.7-2.7" className="glyph-inverse" strokeWidth="1.7" strokeLinecap="round" />
      </symbol>
      <symbol id="g-suspected" viewBox="0 0 16 16">
        <circle cx="8" cy="8" r="6.6" className="glyph-line" strokeWidth="1.8" />
        <path d="M8 1.4a6.6 6.6 0 0 1 0 13.2z" fill="currentColor" />
      </symbol>
      <symbol id="g-settling" viewBox="0 0 16 16">
        <circle cx="8" cy="8" r="6.6" className="glyph-line" strokeWidth="1.8" />
        <path d="M8 4.4V8l2.5 1.7" className="glyph-line" strokeWidth="1.8" strokeLinecap="round" />
      </symbol>
      <symbol id="g-agree-up" viewBox="0 0 16 16">
        <path d="m2.8 8.6 3.3 3.4 7.1-7.6" className="glyph-line" strokeWidth="2" strokeLinecap="round" />
      </symbol>
      <symbol id="g-agree-down" viewBox="0 0 16 16">
        <circle cx="8" cy="8" r="6.6" className="glyph-line" strokeWidth="1.7" />
        <path d="M8 4.6v6.2M5.4 8.4 8 11l2.6-2.6" className="glyph-line" strokeWidth="1.7" strokeLinecap="round" />
      </symbol>
      <symbol id="g-out-of-service" viewBox="0 0 16 16">
        <rect x="1.6" y="1.6" width="12.8" height="12.8" rx="2" className="glyph-line" strokeWidth="1.6" />
        <path d="M6.2 5.2v5.6M9.8 5.2v5.6" className="glyph-line" strokeWidth="1.6" strokeLinecap="round" />
      </symbol>
      <symbol id="g-unknown" viewBox="0 0 16 16">
        <circle cx="8" cy="8" r="6.6" className="glyph-line" strokeWidth="1.6" strokeDasharray="2.6 2.2" />
        <path
          d="M6.2 6.6c0-2.5 3.7-2.4 3.7 0 0 1.3-1.9 1.4-1.9 2.7"
          className="glyph-line"
          strokeWidth="1.5"
          strokeLinecap="round"
        />
        <circle cx="8" cy="11.5" r="1" fill="currentColor" />
      </symbol>
    </svg>
  );
});

/** A verdict's glyph, `size` in pixels. Its label stands beside it, so screen readers skip it. */
export function Glyph({ name, size = 16 }: { name: GlyphName; size?: 14 | 16 | 20 | 28 }) {
  return (
    <svg className="glyph" width={size} height={size} aria-hidden="true" focusable="false">
      <use href={`#g-${name}`} />
    </svg>
  );
}
