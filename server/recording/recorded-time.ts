import { InvalidRecording } from "./checked-values.ts";

/** Times are written in steps of the system's clock, 64 for a millisecond, since those are exact in binary and short in decimal. */
const STEPS_PER_MS = 64;

/** A time as the steps from `base`, or in quotes as it is where that would not give the same number again. */
export function encodeTime(base: number, at: number): string {
  const steps = (at - base) * STEPS_PER_MS;
  return base + steps / STEPS_PER_MS === at ? String(steps) : `"${at}"`;
}

/** The time that `encodeTime` wrote; throws InvalidRecording. */
export function decodeTime(base: number, written: unknown): number {
  const at = typeof written === "number" ? base + written / STEPS_PER_MS : Number(written);
  if (!Number.isFinite(at)) throw new InvalidRecording("a time is missing");
  return at;
}

/** A duration in steps, `null` for none. */
export function encodeDuration(ms: number | null): string {
  return ms === null ? "null" : String(ms * STEPS_PER_MS);
}

/** The duration that `encodeDuration` wrote; throws InvalidRecording. */
export function decodeDuration(written: unknown): number | null {
  return written === null ? null : decodeTime(0, written);
}
