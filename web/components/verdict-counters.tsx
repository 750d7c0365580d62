import { useState } from "react";
import { VERDICT_LABELS, type DisplayVerdict, DISPLAY_VERDICTS } from "../lib/display-verdict.ts";
import type { VerdictCounts } from "../lib/backend-group.ts";
import { formatThousands } from "../lib/quantity-format.ts";
import { Glyph } from "./glyph.tsx";
import "./counters.css";

interface VerdictCountersProps {
  /** Null while nothing is known: the frame stands, without a zero. */
  readonly counts: VerdictCounts | null;
  readonly selected: readonly DisplayVerdict[];
  readonly onSelect: (kinds: readonly DisplayVerdict[]) => void;
}

const HIGHLIGHTED: ReadonlySet<DisplayVerdict> = new Set(["false-up", "false-down", "suspected"]);

/** Seven cells that count rows and filter the table. */
export function VerdictCounters({ counts, selected: chosen, onSelect: onChoose }: VerdictCountersProps) {
  const [isAll, showAll] = useState(false);
  return (
    <section className={`counters block ${isAll ? "counters-all" : ""}`} aria-label="Servers by verdict">
      {DISPLAY_VERDICTS.map((kind) => {
        const { colourClass: tint, label: word, caption: gloss } = VERDICT_LABELS[kind];
        const count = counts?.total[kind] ?? 0;
        const expected = HIGHLIGHTED.has(kind) ? (counts?.expected[kind] ?? 0) : 0;
        const isChosen = chosen.includes(kind);
        const look = [
          tint,
          "counter",
          HIGHLIGHTED.has(kind) ? "counter-loud" : "",
          count > expected ? "counter-some" : "",
        ];
        return (
          <button
            key={kind}
            type="button"
            className={`${look.join(" ")} ${count === 0 ? "counter-none" : ""}`}
            aria-pressed={isChosen}
            disabled={counts === null}
            onClick={() => onChoose(isChosen ? chosen.filter((k) => k !== kind) : [...chosen, kind])}
          >
            <span className="counter-number num">
              <Glyph name={kind} size={20} />
              {counts === null ? <span className="bar counter-bar" /> : formatThousands(count)}
            </span>
            <span className="counter-word">
              {word}
              <span className="counter-gloss">, {expected > 0 ? `${expected} expected` : gloss}</span>
            </span>
          </button>
        );
      })}
      <button type="button" className="counters-more" aria-expanded={isAll} onClick={() => showAll(!isAll)}>
        {isAll ? "less" : "more"}
      </button>
    </section>
  );
}
