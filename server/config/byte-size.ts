const UNITS: ReadonlyMap<string, number> = new Map([
  ["KiB", 1_024],
  ["MiB", 1_024 ** 2],
  ["GiB", 1_024 ** 3],
]);

/** Bytes of a whole number with a unit, such as `256MiB`; null for anything else. */
export function parseByteSize(text: string): number | null {
  const [, digits, unit = ""] = /^(\d{1,9})(KiB|MiB|GiB)$/.exec(text) ?? [];
  const factor = UNITS.get(unit);
  return digits === undefined || factor === undefined ? null : Number(digits) * factor;
}

/** Writes whole KiB with the largest unit that divides them: `1024` is `1KiB`. */
export function formatByteSize(bytes: number): string {
  const [unit, factor] = [...UNITS].findLast(([, each]) => bytes >= each && bytes % each === 0) ?? ["KiB", 1_024];
  return `${bytes / factor}${unit}`;
}
