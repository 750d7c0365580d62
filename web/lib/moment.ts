/** The past moment of an address, `?at=2026-11-27T03:12:00Z`, in milliseconds since 1970; null: now. */
export function parseMoment(search: string): number | null {
  const text = new URLSearchParams(search).get("at");
  const at = text === null ? Number.NaN : Date.parse(text);
  return Number.isFinite(at) && at > 0 ? at : null;
}

/** Right edge of the time axis at a past moment: it stays where the moment is within it, else the moment is at three quarters. */
export function axisEndAt(at: number, rangeMs: number, present: number, now: number): number {
  if (at <= present && at >= present - rangeMs) return present;
  return Math.min(now, at + rangeMs / 4);
}
