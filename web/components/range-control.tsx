import { STRIP_RANGES, type StripRange } from "../lib/strip-range.ts";
import "./range-control.css";

interface RangeControlProps {
  readonly range: StripRange;
  readonly onRange: (range: StripRange) => void;
}

/** Selects the period that the strips show. */
export function RangeControl({ range, onRange }: RangeControlProps) {
  return (
    <div className="ranges" role="group" aria-label="Period of the strips" aria-keyshortcuts="[ ]">
      {STRIP_RANGES.map((each) => (
        <button
          key={each.id}
          type="button"
          className="button range num"
          aria-pressed={each === range}
          title={`Last ${each.label}`}
          onClick={() => onRange(each)}
        >
          {each.id}
        </button>
      ))}
    </div>
  );
}
