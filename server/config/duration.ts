const UNITS: ReadonlyMap<string, number> = new Map([
  ["ms", 1],
  ["s", 1_000],
  ["m", 60_000],
  ["h", 3_600_000],
  ["d", 86_400_000],
]);

/** Milliseconds of a whole number with a unit, such as `200ms`, `1s`, `5m`, `2h` or `400d`; null for anything else. */
export function parseDuration(text: string): number | null {
  const [, digits, unit = ""] = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text) ?? [];
  const factor = UNITS.get(unit);
  return digits === undefined || factor === undefined ? null : Number(digits) * factor;
}

/** Writes milliseconds with the largest unit that divides them: `90000` is `90s`, `60000` is `1m`. */
export function formatDuration(ms: number): string {
  const fitting = [...UNITS].findLast(([, factor]) => ms >= factor && ms % factor === 0);
  if (ms === 0) return "0s";
  return fitting === undefined ? `${ms}ms` : `${ms / fitting[1]}${fitting[0]}`;
}
