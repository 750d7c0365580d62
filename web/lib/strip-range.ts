const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** A period that the strips can show; ticks of the axis are `tickMs` apart. */
export interface StripRange {
  readonly id: string;
  /** Follows "Last". */
  readonly label: string;
  readonly ms: number;
  readonly tickMs: number;
}

export const DEFAULT_RANGE: StripRange = { id: "1h", label: "hour", ms: HOUR_MS, tickMs: 10 * MINUTE_MS };

/** Shortest first. */
export const STRIP_RANGES: readonly StripRange[] = [
  { id: "15m", label: "15 minutes", ms: 15 * MINUTE_MS, tickMs: 5 * MINUTE_MS },
  DEFAULT_RANGE,
  { id: "6h", label: "6 hours", ms: 6 * HOUR_MS, tickMs: HOUR_MS },
  { id: "24h", label: "24 hours", ms: DAY_MS, tickMs: 4 * HOUR_MS },
  { id: "7d", label: "7 days", ms: 7 * DAY_MS, tickMs: DAY_MS },
  { id: "30d", label: "30 days", ms: 30 * DAY_MS, tickMs: 5 * DAY_MS },
];

/** The range with this id; the default for any other text. */
export function parseStripRange(id: string | null): StripRange {
  return STRIP_RANGES.find((range) => range.id === id) ?? DEFAULT_RANGE;
}

/** The next longer (`step` 1) or shorter (-1) range; the same at the end of the list. */
export function stepStripRange(range: StripRange, step: 1 | -1): StripRange {
  return STRIP_RANGES[STRIP_RANGES.indexOf(range) + step] ?? range;
}
