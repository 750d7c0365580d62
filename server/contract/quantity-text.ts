const UNITS = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["min", 60_000],
  ["s", 1_000],
] as const;

/** A length of time in its two largest units: `41 s`, `3 min 4 s`, `2 h`. */
export function formatSpan(ms: number): string {
  const index = UNITS.findIndex(([, unit]) => ms >= unit);
  const [name, unit] = UNITS[index] ?? UNITS[3];
  const next = UNITS[index + 1];
  if (index < 0) return "less than 1 s";
  const whole = Math.floor(ms / unit);
  const rest = next === undefined ? 0 : Math.floor((ms % unit) / next[1]);
  return next === undefined || rest === 0 ? `${whole} ${name}` : `${whole} ${name} ${rest} ${next[0]}`;
}

/** `1 session`, `1,204 sessions`. */
export function formatCount(count: number, noun: string): string {
  return `${count.toLocaleString("en-US")} ${count === 1 ? noun : `${noun}s`}`;
}
