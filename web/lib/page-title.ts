import type { MismatchGroup } from "./mismatch-group.ts";

/** `(2) cp-2 false-up · haprobe`. A lost page says so instead of a number that may be wrong. */
export function pageTitle(mismatches: readonly MismatchGroup[], isLost: boolean): string {
  if (isLost) return "disconnected · haprobe";
  const [worst] = mismatches;
  return worst === undefined ? "haprobe" : `(${mismatches.length}) ${worst.first.server} ${worst.verdict} · haprobe`;
}

/** File of the icon: calm, 1 to 9, 9+, or a question mark. Static files, because a strict policy allows no painted ones. */
export function faviconFile(mismatches: number, isKnown: boolean): string {
  if (!isKnown) return "favicon-unknown.svg";
  if (mismatches === 0) return "favicon-calm.svg";
  return mismatches > 9 ? "favicon-9plus.svg" : `favicon-${mismatches}.svg`;
}
