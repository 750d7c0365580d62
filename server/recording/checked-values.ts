/** Thrown for a line that no haprobe of this version wrote. */
export class InvalidRecording extends Error {}

/** The last moment that a date can hold, in milliseconds since 1970. */
export const DATE_MAX_MS = 8.64e15;

/** A finite number; throws InvalidRecording. */
export function number(value: unknown): number {
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw new InvalidRecording("a number is missing");
}

/** A finite number, or null where none is written. */
export function numberOrNull(value: unknown): number | null {
  return value === null || value === undefined ? null : number(value);
}

/** A text; throws InvalidRecording. */
export function text(value: unknown): string {
  if (typeof value === "string") return value;
  throw new InvalidRecording("a text is missing");
}

/** A text, or null where none is written. */
export function textOrNull(value: unknown): string | null {
  return value === null || value === undefined ? null : text(value);
}

/** True or false; throws InvalidRecording. */
export function flag(value: unknown): boolean {
  if (typeof value === "boolean") return value;
  throw new InvalidRecording("a true or false is missing");
}

/** One of these words; throws InvalidRecording. */
export function oneOf<Word extends string>(words: readonly Word[], value: unknown): Word {
  const word = words.find((known) => known === value);
  if (word === undefined) throw new InvalidRecording(`${JSON.stringify(value)?.slice(0, 40)} is not a known word`);
  return word;
}
