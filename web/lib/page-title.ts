import type { MismatchGroup } from "./mismatch-group.ts";
import { serverName } from "./sites.ts";

/** What the page knows about the fleet. */
export type FleetKnowledge = "known" | "unknown" | "disconnected";

/** `(2) cp-2 false-up · haprobe`, `haprobe` without a mismatch; `unknown · haprobe`, `disconnected · haprobe`. */
export function pageTitle(mismatches: readonly MismatchGroup[], knowledge: FleetKnowledge): string {
  const [worst] = mismatches;
  if (knowledge === "disconnected" || (knowledge === "unknown" && worst === undefined)) return `${knowledge} · haprobe`;
  return worst === undefined
    ? "haprobe"
    : `(${mismatches.length}) ${serverName(worst.first, worst.spansSites)} ${worst.verdict} · haprobe`;
}

/** Favicon file: ok, 1 to 9, 9+ or unknown. Static files, because the content security policy allows no data URLs. */
export function faviconFile(mismatches: number, knowledge: FleetKnowledge): string {
  if (knowledge === "disconnected" || (knowledge === "unknown" && mismatches === 0)) return "favicon-unknown.svg";
  if (mismatches === 0) return "favicon-ok.svg";
  return mismatches > 9 ? "favicon-9plus.svg" : `favicon-${mismatches}.svg`;
}
