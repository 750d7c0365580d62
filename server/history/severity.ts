import type { StripEntry } from "../contract/store.ts";

/** How bad a judgement is: the highest is worst. A mismatch that is not confirmed is less than one that is. */
const SEVERITY: Readonly<Record<string, number>> = {
  "agree-up": 0,
  "out-of-service": 1,
  unknown: 2,
  "agree-down": 3,
  "false-down": 5,
  "false-up": 6,
};
const UNCONFIRMED_MISMATCH = 4;

/** Severity of what held; null, nothing recorded, is as bad as `unknown`. */
export function severityOf(entry: Pick<StripEntry, "verdict" | "phase"> | null): number {
  if (entry === null) return SEVERITY["unknown"] ?? 0;
  if (entry.phase === "suspected" || entry.phase === "settling") return UNCONFIRMED_MISMATCH;
  return SEVERITY[entry.verdict] ?? 0;
}
