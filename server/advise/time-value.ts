const UNITS: Readonly<Record<string, number>> = {
  us: 0.001,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** Milliseconds of a time as HAProxy writes it (`5s`; without a unit they are milliseconds); null for anything else. */
export function parseTime(text: string): number | null {
  const match = /^(\d{1,15})(us|ms|s|m|h|d)?$/.exec(text);
  if (match === null) return null;
  return Number(match[1]) * (UNITS[match[2] ?? "ms"] ?? 1);
}

/** A time in the largest unit that keeps it whole. */
export function formatTime(ms: number): string {
  const unit = ["d", "h", "m", "s"].find((name) => ms >= (UNITS[name] ?? 1) && ms % (UNITS[name] ?? 1) === 0) ?? "ms";
  return `${ms / (UNITS[unit] ?? 1)}${unit}`;
}
