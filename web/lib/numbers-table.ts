import type { NumbersRow } from "../../server/contract/history.ts";
import { DISPLAY_VERDICTS, type DisplayVerdict } from "./display-verdict.ts";
import type { SortOrder } from "./sort-order.ts";

/** Columns of the numbers that can be sorted. */
export const NUMBERS_COLUMNS = [
  "name",
  "falselyUp",
  "misrouted",
  "incidents",
  "meanLag",
  "worstLag",
  "unnoticed",
] as const;
export type NumbersColumn = (typeof NUMBERS_COLUMNS)[number];

export type NumbersSort = SortOrder<NumbersColumn>;

/** Worst first. */
export const DEFAULT_SORT: NumbersSort = { column: "falselyUp", isDescending: true };

/** Name of a row: `lb-1 / k8s-api / cp-2`. */
export function rowName({ instance, backend, server }: NumbersRow): string {
  return [instance, backend, server].filter((name) => name !== null).join(" / ");
}

/** Sorts rows; those without a value are last either way. */
export function sortNumbers(rows: readonly NumbersRow[], { column, isDescending }: NumbersSort): NumbersRow[] {
  const sign = isDescending ? -1 : 1;
  return rows.toSorted((a, b) => {
    if (column === "name") return sign * rowName(a).localeCompare(rowName(b), "en", { numeric: true });
    const [left, right] = [valueOf(a, column), valueOf(b, column)];
    if (left === null || right === null) return Number(left === null) - Number(right === null);
    return sign * (left - right);
  });
}

function valueOf(row: NumbersRow, column: Exclude<NumbersColumn, "name">): number | null {
  switch (column) {
    case "falselyUp":
      return row.falselyUpMinutes;
    case "misrouted":
      return row.misrouted;
    case "incidents":
      return row.incidents;
    case "meanLag":
      return row.meanDetectionLagMs;
    case "worstLag":
      return row.worstDetectionLagMs;
    case "unnoticed":
      return row.unnoticed;
  }
}

/** A part of the time; `verdict` null: not recorded. `from` and `width` are its place in a bar from 0 to 1. */
export interface VerdictShare {
  readonly verdict: DisplayVerdict | null;
  readonly ms: number;
  readonly share: number;
  readonly from: number;
  readonly width: number;
}

/** Narrower parts of a bar would not be seen. */
const WIDTH_MIN = 0.012;

/**
 * The part of the time in each verdict and of the time that was not recorded, without those that are zero. Of the false-ups
 * only those that count as such are: the others were not confirmed, or expected.
 */
export function verdictShares({ verdictMs, falselyUpMinutes, notRecordedMs }: NumbersRow): readonly VerdictShare[] {
  const falselyUp = Math.min(verdictMs["false-up"], falselyUpMinutes * 60_000);
  const shown = { ...verdictMs, "false-up": falselyUp, suspected: verdictMs["false-up"] - falselyUp };
  const times = [
    ...DISPLAY_VERDICTS.map((verdict) => [verdict, shown[verdict]] as const),
    [null, notRecordedMs] as const,
  ];
  const total = times.reduce((sum, [, ms]) => sum + ms, 0);
  const parts = times
    .filter(([, ms]) => ms > 0)
    .map(([verdict, ms]) => ({ verdict, ms, share: ms / total, width: Math.max(WIDTH_MIN, ms / total) }));
  const whole = parts.reduce((sum, { width }) => sum + width, 0);
  let from = 0;
  return parts.map((part) => {
    const placed = { ...part, from, width: part.width / whole };
    from += placed.width;
    return placed;
  });
}
