import { useState } from "react";
import { KIND_WORDS, type Kind, KINDS } from "../lib/kind.ts";
import type { Counts } from "../lib/order.ts";
import { thousands } from "../lib/quantity.ts";
import { Glyph } from "./glyph.tsx";
import "./counters.css";

interface CountersProps {
  /** Null while nothing is known: the frame stands, without a zero. */
  readonly counts: Counts | null;
  readonly chosen: readonly Kind[];
  readonly onChoose: (kinds: readonly Kind[]) => void;
}

const LOUD: ReadonlySet<Kind> = new Set(["false-up", "false-down", "suspected"]);

/** Seven cells that count rows and filter the table. */
export function Counters({ counts, chosen, onChoose }: CountersProps) {
  const [isAll, showAll] = useState(false);
  return (
    <section className={`counters block ${isAll ? "counters-all" : ""}`} aria-label="Servers by verdict">
      {KINDS.map((kind) => {
        const { tint, word, gloss } = KIND_WORDS[kind];
        const count = counts?.counts[kind] ?? 0;
        const expected = LOUD.has(kind) ? (counts?.expected[kind] ?? 0) : 0;
        const isChosen = chosen.includes(kind);
        const look = [tint, "counter", LOUD.has(kind) ? "counter-loud" : "", count > expected ? "counter-some" : ""];
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
              {counts === null ? <span className="bar counter-bar" /> : thousands(count)}
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
