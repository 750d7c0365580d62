import type { VerdictCounts } from "../lib/backend-group.ts";
import { type DisplayVerdict, DISPLAY_VERDICTS, VERDICT_LABELS, verdictClass } from "../lib/display-verdict.ts";
import { formatThousands } from "../lib/quantity-format.ts";
import { Glyph } from "./glyph.tsx";
import "./verdict-filter.css";

interface VerdictFilterProps {
  readonly counts: VerdictCounts;
  readonly selected: readonly DisplayVerdict[];
  readonly onSelect: (verdicts: readonly DisplayVerdict[]) => void;
}

/** A button for each verdict with its number of servers, which keeps those in the table. */
export function VerdictFilter({ counts, selected, onSelect }: VerdictFilterProps) {
  return (
    <div className="verdict-filter" role="group" aria-label="Verdicts">
      {DISPLAY_VERDICTS.map((kind) => (
        <button
          key={kind}
          type="button"
          className={`button filter-toggle ${verdictClass(kind)}`}
          aria-pressed={selected.includes(kind)}
          aria-label={`${VERDICT_LABELS[kind].label}, ${counts.total[kind]}`}
          title={VERDICT_LABELS[kind].label}
          onClick={() =>
            onSelect(selected.includes(kind) ? selected.filter((each) => each !== kind) : [...selected, kind])
          }
        >
          <Glyph name={kind} />
          <span className="num">{formatThousands(counts.total[kind])}</span>
        </button>
      ))}
    </div>
  );
}
