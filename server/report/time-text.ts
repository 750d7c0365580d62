import { formatSpan } from "../contract/quantity-text.ts";

const TENTHS_BELOW_MS = 10_000;

/** A length of time like that of a message, below ten seconds in tenths: `4.2 s`, `3 min 12 s`, `2 d 5 h`. */
export function formatPreciseSpan(ms: number): string {
  return ms < TENTHS_BELOW_MS ? `${Math.round(ms / 100) / 10} s` : formatSpan(ms);
}

/** `2026-11-27 03:12:04Z` */
export function formatTime(iso: string): string {
  const date = new Date(iso);
  return Number.isNaN(date.getTime()) ? "?" : `${date.toISOString().slice(0, 19).replace("T", " ")}Z`;
}
