import type { NumbersRow } from "../../server/contract/history.ts";
import { VERDICT_LABELS } from "../lib/display-verdict.ts";
import { verdictShares } from "../lib/numbers-table.ts";
import { formatElapsed, formatPercent } from "../lib/quantity-format.ts";

const UNCOUNTED = "False UP, unconfirmed or expected";

/** Time in each verdict as one bar, and in words: on hover, and for screen readers. */
export function VerdictBar({ row }: { row: NumbersRow }) {
  const shares = verdictShares(row);
  const words = shares
    .map(({ verdict, ms, share }) => {
      const label =
        verdict === null ? "not recorded" : verdict === "suspected" ? UNCOUNTED : VERDICT_LABELS[verdict].label;
      return `${label} ${formatElapsed(ms)} (${formatPercent(share)})`;
    })
    .join(", ");
  return (
    <svg className="verdict-bar" viewBox="0 0 1 12" preserveAspectRatio="none" role="img" aria-label={words}>
      <title>{words}</title>
      {shares.map(({ verdict, from, width }) => {
        if (verdict === null) {
          return <rect key="none" className="bar-unrecorded" x={from} y="5" width={width} height="2" />;
        }
        const isTall = verdict === "false-up" || verdict === "false-down" || verdict === "agree-down";
        return (
          <rect
            key={verdict}
            className={`bar-part verdict-${verdict}`}
            x={from}
            y={isTall ? 0 : 4}
            width={width}
            height={isTall ? 12 : 4}
          />
        );
      })}
    </svg>
  );
}
