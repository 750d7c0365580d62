import { useState } from "react";
import type { HistoryInterval } from "../../server/contract/history.ts";
import { displayVerdictOf, glyphOf, verdictClass, verdictLabel } from "../lib/display-verdict.ts";
import { formatElapsed } from "../lib/quantity-format.ts";
import { serverChanges } from "../lib/server-changes.ts";
import { formatTimestamp } from "../lib/time-format.ts";
import { Glyph } from "./glyph.tsx";

const SHOWN = 12;

interface ServerChangesProps {
  readonly intervals: readonly HistoryInterval[];
  readonly now: number;
  /** Several vantages recorded it. */
  readonly namesVantage: boolean;
}

/** The changes of a server, newest first: when, the verdict, why, for how long. */
export function ServerChanges({ intervals, now, namesVantage }: ServerChangesProps) {
  const [areAllShown, showAll] = useState(false);
  const changes = serverChanges(intervals);
  const shown = areAllShown ? changes : changes.slice(0, SHOWN);
  return (
    <section className="drawer-section" aria-label="Changes">
      <h3 className="detail-title">Changes</h3>
      <ol className="changes">
        {shown.map(({ from, to, interval }) => {
          const verdict = { ...interval, expected: interval.expected ? "" : null };
          const isKnown = interval.haproxy !== null;
          return (
            <li key={from} className={verdictClass(displayVerdictOf(verdict))}>
              <time className="num muted" dateTime={interval.from}>
                {formatTimestamp(from, now)}
              </time>
              <span className={isKnown ? "change-verdict verdict-text" : "change-verdict muted"}>
                {isKnown && <Glyph name={glyphOf(verdict)} />}
                {isKnown ? verdictLabel(verdict) : "Not recorded"}
              </span>
              <span className="change-sentence">
                {isKnown ? interval.sentence : "haprobe did not run or was paused"}
                {namesVantage && interval.vantage !== null && <span className="muted">, by {interval.vantage}</span>}
              </span>
              <span className="num muted change-duration">{formatElapsed(to - from)}</span>
            </li>
          );
        })}
      </ol>
      {changes.length > shown.length && (
        <button type="button" className="button" onClick={() => showAll(true)}>
          Show all {changes.length}
        </button>
      )}
    </section>
  );
}
