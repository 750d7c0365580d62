const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const STEPS_MS = [
  ...[1, 2, 5, 10, 15, 30].map((seconds) => seconds * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE),
  ...[1, 2, 4, 6, 12, 24].map((hours) => hours * HOUR),
];
const TICKS_MAX = 6;

/** Distance of round clock times of which a range has at most six. */
export function niceTickMs(rangeMs: number): number {
  return (
    STEPS_MS.find((step) => rangeMs / step <= TICKS_MAX) ?? Math.ceil(rangeMs / TICKS_MAX / (24 * HOUR)) * 24 * HOUR
  );
}

/** Round values from 0 to at least `max`: three or four steps of 1, 2, 2.5 or 5 times a power of ten. */
export function niceValues(max: number): readonly number[] {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, max) / 3));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((size) => max / size <= 4) ?? max;
  const whole = Math.max(1, Math.ceil(step));
  return Array.from({ length: Math.ceil(max / whole) + 1 }, (_, i) => i * whole);
}
