import { useState } from "react";
import { VERDICT_LABELS, verdictClass, type DisplayVerdict, DISPLAY_VERDICTS } from "../lib/display-verdict.ts";
import type { VerdictCounts } from "../lib/backend-group.ts";
import { formatThousands } from "../lib/quantity-format.ts";
import { Glyph } from "./glyph.tsx";
import "./verdict-counters.css";

interface VerdictCountersProps {
  /** Null while loading: shows placeholders instead of numbers. */
  readonly counts: VerdictCounts | null;
  readonly selected: readonly DisplayVerdict[];
  readonly onSelect: (kinds: readonly DisplayVerdict[]) => void;
}

const HIGHLIGHTED: ReadonlySet<DisplayVerdict> = new Set(["false-up", "false-down", "suspected"]);

/** Counts servers by verdict; a click filters the table. */
export function VerdictCounters({ counts, selected, onSelect }: VerdictCountersProps) {
  const [areAllShown, showAll] = useState(false);
  return (
    <section className={`counters block ${areAllShown ? "counters-all" : ""}`} aria-label="Servers by verdict">
      {DISPLAY_VERDICTS.map((kind) => {
        const { label, caption } = VERDICT_LABELS[kind];
        const count = counts?.total[kind] ?? 0;
        const expected = HIGHLIGHTED.has(kind) ? (counts?.expected[kind] ?? 0) : 0;
        const isSelected = selected.includes(kind);
        const classes = [
          verdictClass(kind),
          "counter",
          HIGHLIGHTED.has(kind) ? "counter-highlighted" : "",
          count > expected ? "counter-nonzero" : "",
        ];
        return (
          <button
            key={kind}
            type="button"
            className={`${classes.join(" ")} ${count === 0 ? "counter-zero" : ""}`}
            aria-pressed={isSelected}
            disabled={counts === null}
            onClick={() => onSelect(isSelected ? selected.filter((k) => k !== kind) : [...selected, kind])}
          >
            <span className="counter-number num">
              <Glyph name={kind} size={20} />
              {counts === null ? <span className="skeleton counter-skeleton" /> : formatThousands(count)}
            </span>
            <span className="counter-label">
              {label}
              <span className="counter-caption">{expected > 0 ? `, ${expected} expected` : caption}</span>
            </span>
          </button>
        );
      })}
      <button type="button" className="counters-more" aria-expanded={areAllShown} onClick={() => showAll(!areAllShown)}>
        {areAllShown ? "less" : "more"}
      </button>
    </section>
  );
}
