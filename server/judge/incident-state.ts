import { BOUNDS } from "../bounds.ts";
import type { IncidentEnd } from "../contract/incident.ts";
import type { Phase, Verdict } from "../contract/verdict.ts";

/** What one server says about an incident that it could belong to. */
export interface MemberState {
  readonly verdict: Verdict;
  readonly phase: Phase | null;
  /** Nothing is known of it now: its clock stands still. */
  readonly frozen: boolean;
}

/** Where an incident stands. Times are monotonic milliseconds. */
export type IncidentState =
  | { readonly kind: "open"; readonly flaps: number }
  | { readonly kind: "healing"; readonly flaps: number; readonly since: number; readonly end: IncidentEnd }
  | { readonly kind: "ended"; readonly flaps: number; readonly at: number; readonly end: IncidentEnd };

/** How a server stands to the incident of `verdict`. */
export function assessMember(bearing: MemberState, verdict: Verdict): "against" | "undecided" | IncidentEnd {
  if (bearing.frozen) return "undecided";
  if (bearing.verdict === verdict) return bearing.phase === "confirmed" ? "against" : "undecided";
  switch (bearing.verdict) {
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

/** How long it must be quiet before it ends: longer with each relapse. A server that we may not judge is held for its own time. */
export function healingDurationMs(flaps: number, end: IncidentEnd): number {
  if (end === "no-longer-judged") return BOUNDS.deniedHeldMs;
  return Math.min(BOUNDS.healMs * 2 ** Math.min(flaps, 20), BOUNDS.healMaxMs);
}

/** Takes an incident one step further by what its members say now. The same state comes back where nothing happened. */
export function stepIncident(
  state: IncidentState,
  verdict: Verdict,
  members: readonly MemberState[],
  now: number,
): IncidentState {
  const standings = members.map((member) => assessMember(member, verdict));
  const against = standings.includes("against");
  switch (state.kind) {
    case "open": {
      if (against || standings.includes("undecided")) return state;
      return { kind: "healing", flaps: state.flaps, since: now, end: pickIncidentEnd(standings) };
    }
    case "healing": {
      if (against) return { kind: "open", flaps: state.flaps + 1 };
      if (standings.includes("undecided")) return state;
      const end = pickIncidentEnd(standings);
      if (end !== state.end) return { ...state, end };
      return now - state.since >= healingDurationMs(state.flaps, end)
        ? { kind: "ended", flaps: state.flaps, at: now, end }
        : state;
    }
    case "ended": {
      if (!against || now - state.at > BOUNDS.reopenMs) return state;
      return { kind: "open", flaps: state.flaps + 1 };
    }
  }
}

/** Agreement says most; a server that is gone says least. */
function pickIncidentEnd(standings: readonly ("against" | "undecided" | IncidentEnd)[]): IncidentEnd {
  const order: readonly IncidentEnd[] = ["agreed", "no-longer-judged", "out-of-service", "address-changed", "removed"];
  return order.find((end) => standings.includes(end)) ?? "removed";
}
