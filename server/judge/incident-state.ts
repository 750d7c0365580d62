import { BOUNDS } from "../bounds.ts";
import type { IncidentEnd, IncidentState, MemberStanding } from "../contract/incident.ts";
import type { Phase, Verdict } from "../contract/verdict.ts";
import type { Reason } from "../contract/reason.ts";

/** The judge's decision about one member. */
export interface MemberDecision {
  readonly verdict: Verdict;
  readonly phase: Phase | null;
  readonly reason: Reason | null;
}

/** Reasons for which nothing is known at present: they neither continue nor end an incident. */
const UNDECIDED_REASONS: readonly Reason[] = [
  "haproxy-stale",
  "haproxy-unverified",
  "prober-blind",
  "probe-pending",
  "vantage-silent",
];

/** Whether a server with this decision still has the mismatch `verdict`. */
export function assessMember({ verdict: now, phase, reason }: MemberDecision, verdict: Verdict): MemberStanding {
  if (isUndecided(reason)) return "undecided";
  if (now === verdict) return phase === "confirmed" ? "failing" : "undecided";
  switch (now) {
    case "out-of-service":
      return "out-of-service";
    case "unknown":
      return "no-longer-judged";
    case "agree-up":
    case "agree-down":
    case "false-up":
    case "false-down":
      return "agreed";
  }
}

/** True for a reason with which nothing is known of a server at present. */
export function isUndecided(reason: Reason | null): boolean {
  return reason !== null && UNDECIDED_REASONS.includes(reason);
}

/** Milliseconds without the mismatch until an incident ends: doubled with each flap; a server that denies the probe is held for its own time. */
export function healingDurationMs(flaps: number, end: IncidentEnd): number {
  if (end === "no-longer-judged") return BOUNDS.deniedHeldMs;
  return Math.min(BOUNDS.healMs * 2 ** Math.min(flaps, 20), BOUNDS.healMaxMs);
}

/** The next state by the standing of all members. The same object comes back where nothing happened. */
export function stepIncident(state: IncidentState, standings: readonly MemberStanding[], now: number): IncidentState {
  const failing = standings.includes("failing");
  switch (state.kind) {
    case "open": {
      if (failing || standings.includes("undecided")) return state;
      return { kind: "healing", flaps: state.flaps, since: now, end: pickEnd(standings) };
    }
    case "healing": {
      if (failing) return { kind: "open", flaps: state.flaps + 1 };
      if (standings.includes("undecided")) return state;
      const end = pickEnd(standings);
      if (end !== state.end) return { ...state, end };
      return now - state.since >= healingDurationMs(state.flaps, end)
        ? { kind: "ended", flaps: state.flaps, at: now, end }
        : state;
    }
    case "ended":
      return failing && !isPastReopen(state, now) ? { kind: "open", flaps: state.flaps + 1 } : state;
  }
}

/** True for an incident that ended so long ago that the same fault opens a new one. */
export function isPastReopen(state: IncidentState, now: number): boolean {
  return state.kind === "ended" && now - state.at > BOUNDS.reopenMs;
}

const END_ORDER: readonly IncidentEnd[] = [
  "agreed",
  "no-longer-judged",
  "out-of-service",
  "address-changed",
  "removed",
];

/** Agreement of any member explains an end best, a removed server least. */
function pickEnd(standings: readonly MemberStanding[]): IncidentEnd {
  return END_ORDER.find((end) => standings.includes(end)) ?? "removed";
}
