import type { Incident } from "../../server/contract/incident.ts";

/** Sums over the incidents of the last days. */
export interface LastDays {
  readonly incidents: number;
  /** Time in false-ups, whatever HAProxy has noticed. */
  readonly falselyUpMs: number;
  readonly sessions: number;
  /** False-ups that HAProxy noticed itself, and how long the slowest took; null without one. */
  readonly noticed: number;
  readonly falseUps: number;
  readonly worstLagMs: number | null;
}

/** Sums over those that were open within `rangeMs` before `now`. */
export function sumLastDays(incidents: readonly Incident[], now: number, rangeMs: number): LastDays {
  const from = now - rangeMs;
  const recent = incidents.filter(
    ({ endedAt, expected }) => (endedAt === null || Date.parse(endedAt) > from) && expected === null,
  );
  const falseUps = recent.filter(({ verdict }) => verdict === "false-up");
  const lags = falseUps.flatMap(({ detectionLagMs }) => (detectionLagMs === null ? [] : [detectionLagMs]));
  return {
    incidents: recent.length,
    falselyUpMs: falseUps.reduce((total, { suspectedAt, endedAt }) => {
      const end = endedAt === null ? now : Date.parse(endedAt);
      return total + Math.max(0, end - Math.max(from, Date.parse(suspectedAt)));
    }, 0),
    sessions: falseUps.reduce((total, { sessions }) => total + sessions, 0),
    noticed: lags.length,
    falseUps: falseUps.length,
    worstLagMs: lags.length === 0 ? null : Math.max(...lags),
  };
}
