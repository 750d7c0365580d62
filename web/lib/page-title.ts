import type { MismatchGroup } from "./mismatch-group.ts";

/** `(2) cp-2 false-up · haprobe`; while disconnected `disconnected · haprobe`. */
export function pageTitle(mismatches: readonly MismatchGroup[], isDisconnected: boolean): string {
  if (isDisconnected) return "disconnected · haprobe";
  const [worst] = mismatches;
  return worst === undefined ? "haprobe" : `(${mismatches.length}) ${worst.first.server} ${worst.verdict} · haprobe`;
}

/** Favicon file: ok, 1 to 9, 9+ or unknown. Static files, because the content security policy allows no data URLs. */
export function faviconFile(mismatches: number, isKnown: boolean): string {
  if (!isKnown) return "favicon-unknown.svg";
  if (mismatches === 0) return "favicon-ok.svg";
  return mismatches > 9 ? "favicon-9plus.svg" : `favicon-${mismatches}.svg`;
}
