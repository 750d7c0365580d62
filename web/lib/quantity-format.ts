const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Duration: `7 s`, `4 min 21 s`, `15 h 25 min`, `6 d 4 h`. Below a second it is `0 s`. */
export function formatElapsed(ms: number): string {
  const left = Math.max(0, ms);
  if (left < MINUTE) return `${Math.floor(left / SECOND)} s`;
  if (left < HOUR) {
    const seconds = Math.floor((left % MINUTE) / SECOND);
    return `${Math.floor(left / MINUTE)} min ${String(seconds).padStart(2, "0")} s`;
  }
  if (left < DAY) {
    const minutes = Math.floor((left % HOUR) / MINUTE);
    return `${Math.floor(left / HOUR)} h ${String(minutes).padStart(2, "0")} min`;
  }
  return `${Math.floor(left / DAY)} d ${Math.floor((left % DAY) / HOUR)} h`;
}

/** Duration in one unit, for narrow columns: `36 min`, `6 d`. */
export function formatShortElapsed(ms: number): string {
  const left = Math.max(0, ms);
  if (left < MINUTE) return `${Math.floor(left / SECOND)} s`;
  if (left < HOUR) return `${Math.floor(left / MINUTE)} min`;
  if (left < DAY) return `${Math.floor(left / HOUR)} h`;
  return `${Math.floor(left / DAY)} d`;
}

/** Age of a value: `0.4 s` below 10 s, then as `formatShortElapsed`. */
export function formatAge(ms: number): string {
  const left = Math.max(0, ms);
  return left < 10 * SECOND ? `${(Math.floor(left / 100) / 10).toFixed(1)} s` : formatShortElapsed(left);
}

/** Measured time: `12.3 ms`, `2.00 s`. */
export function formatMilliseconds(ms: number): string {
  if (ms >= SECOND) return `${(ms / SECOND).toFixed(2)} s`;
  return Number.isInteger(ms) ? `${ms} ms` : `${ms.toFixed(1)} ms`;
}

/** `8,412,077`. */
export function formatThousands(count: number): string {
  return Math.trunc(count)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ",");
}

/** For a narrow column: `99,999`, then `128 k`, then `4.2 M`. */
export function formatShortThousands(count: number): string {
  if (count < 100_000) return formatThousands(count);
  if (count < 1_000_000) return `${Math.floor(count / 1_000)} k`;
  return `${(count / 1_000_000).toFixed(1)} M`;
}

/** A rate per second: `0`, `0.4`, `24`, `1,204`; more than zero is never `0`. */
export function formatRate(perSecond: number): string {
  if (perSecond === 0) return "0";
  return perSecond < 9.95 ? Math.max(0.1, perSecond).toFixed(1) : formatShortThousands(Math.round(perSecond));
}

/** `1 server`, `2 servers`. */
export function formatPlural(count: number, one: string, many = `${one}s`): string {
  return `${formatThousands(count)} ${count === 1 ? one : many}`;
}

const FRACTIONS = [
  "half",
  "a third",
  "a quarter",
  "a fifth",
  "a sixth",
  "a seventh",
  "an eighth",
  "a ninth",
  "a tenth",
];

/** Share 0 … 1: `a third` where it is close to a fraction, else `41 %`. */
export function formatShare(part: number): string {
  const index = FRACTIONS.findIndex((_, i) => Math.abs(part - 1 / (i + 2)) < 0.012);
  const fraction = FRACTIONS[index];
  if (fraction !== undefined) return fraction;
  return part > 0.985 ? "all" : formatPercent(part);
}

/** `33 %`; more than zero is never `0 %`. */
export function formatPercent(part: number): string {
  if (part > 0 && part < 0.01) return "< 1 %";
  return `${Math.round(part * 100)} %`;
}

/** `a`, `a and b`, `a, b and c`; beyond `max` the rest is counted: `a, b and 4 more`. */
export function formatList(words: readonly string[], max = 3): string {
  if (words.length > max) return `${words.slice(0, max - 1).join(", ")} and ${words.length - max + 1} more`;
  if (words.length <= 1) return words[0] ?? "";
  return `${words.slice(0, -1).join(", ")} and ${words[words.length - 1]}`;
}
